#pragma once

#include <string_view>

// Inside state/: what Redis itself does for us, each in one step that nobody comes between. The one
// key each is given is what all our names begin with, and `P` below; the names are
//   meta       hash: what all of it is (form, providers, seed, secret, birth: when it began)
//   ids        the number of the latest emulator
//   nodes      hash: emulators that may live, with their addresses; node:<id> is there while one
//   does home       hash: sandbox -> the emulator that has it, or had it last boxes      hash:
//   sandbox -> what is known of it without reading it births     hash: sandbox -> which making of
//   it what is kept began with uses       hash: sandbox -> key of its scenario due        set:
//   sandboxes in which webhooks are not over scenario   hash: key -> scenario letters    hash:
//   number -> letter index      hash: key of a task, picture or upload -> sandbox box:<name>:c  its
//   value       :t tasks   :n notes   :w webhooks   :u uploads   :b their bytes
//              :k what is in the index, by task and upload   :f the first task
namespace emulator::state {

// Looks whether the names are free or ours, and makes them ours. Arguments: form, providers, seed,
// secret, least number of an emulator. Gives 'foreign' and a name, or 'ours' and what is there.
inline constexpr std::string_view kOpenScript = R"lua(
local P = KEYS[1]
local m = P .. 'meta'
local kind = redis.call('TYPE', m).ok
if kind == 'none' then
  for _, name in ipairs({'ids', 'nodes', 'home', 'boxes', 'births', 'uses', 'due', 'scenario', 'letters', 'index'}) do
    if redis.call('EXISTS', P .. name) == 1 then return {'foreign', P .. name} end
  end
  redis.call('HSET', m, 'of', 'provider-emulator', 'form', ARGV[1], 'providers', ARGV[2], 'seed', ARGV[3],
             'secret', ARGV[4], 'birth', table.concat(redis.call('TIME'), '.'))
elseif kind ~= 'hash' or redis.call('HGET', m, 'of') ~= 'provider-emulator' then
  return {'foreign', m}
end
local form = redis.call('HGET', m, 'form')
local theirs = redis.call('HGET', m, 'providers') or ''
if form ~= ARGV[1] or string.sub(ARGV[2], 1, #theirs) ~= theirs then return {'ours', form, theirs} end
if #ARGV[2] > #theirs then redis.call('HSET', m, 'providers', ARGV[2]) end
if tonumber(redis.call('GET', P .. 'ids') or '0') < tonumber(ARGV[5]) then redis.call('SET', P .. 'ids', ARGV[5]) end
return {'ours', form, theirs, redis.call('HGET', m, 'seed'), redis.call('HGET', m, 'secret'),
        redis.call('INCR', P .. 'ids'), redis.call('HGET', m, 'birth')}
)lua";

// An emulator lives. Arguments: its id, the birth it knows, its address, for how many milliseconds.
// Gives the addresses of those that live, and sandboxes in which something is due and whose
// emulator does not.
inline constexpr std::string_view kLiveScript = R"lua(
local P = KEYS[1]
if redis.call('HGET', P .. 'meta', 'birth') ~= ARGV[2] then return redis.error_reply('EMPTIED') end
redis.call('SET', P .. 'node:' .. ARGV[1], ARGV[3], 'PX', ARGV[4])
redis.call('HSET', P .. 'nodes', ARGV[1], ARGV[3])
local addresses = {}
local all = redis.call('HGETALL', P .. 'nodes')
for i = 1, #all, 2 do
  if redis.call('EXISTS', P .. 'node:' .. all[i]) == 1 then
    addresses[#addresses + 1] = all[i + 1]
  else
    redis.call('HDEL', P .. 'nodes', all[i])
  end
end
local orphans = {}
for _, name in ipairs(redis.call('SRANDMEMBER', P .. 'due', 64)) do
  local home = redis.call('HGET', P .. 'home', name)
  if not home or redis.call('EXISTS', P .. 'node:' .. home) == 0 then orphans[#orphans + 1] = name end
end
return {addresses, orphans}
)lua";

// Arguments: id of the emulator, name of a sandbox or '', keys. Where what was kept is gone nothing
// is claimed: names without their meta would be taken for somebody else's.
inline constexpr std::string_view kClaimScript = R"lua(
local P = KEYS[1]
if redis.call('EXISTS', P .. 'meta') == 0 then return redis.error_reply('EMPTIED') end
local name = ARGV[2]
for i = 3, #ARGV do
  local box = redis.call('HGET', P .. 'index', ARGV[i])
  if box then name = box; break end
end
if name == '' then return {'nobodys'} end
local home = redis.call('HGET', P .. 'home', name)
if home ~= ARGV[1] then
  local address = home and redis.call('GET', P .. 'node:' .. home)
  if address then return {'theirs', name, address} end
  redis.call('HSET', P .. 'home', name, ARGV[1])
end
return {'ours', name, redis.call('HGET', P .. 'boxes', name) or ''}
)lua";

// Changes of one sandbox. Arguments: id of the emulator, name of the sandbox, the birth the
// emulator knows, then changes of five words each. Nothing is changed when another emulator has it
// by now, or when it is said to be new and has a past: why is the answer, else ''.
inline constexpr std::string_view kWriteScript = R"lua(
local P, node, box = KEYS[1], ARGV[1], ARGV[2]
if redis.call('HGET', P .. 'meta', 'birth') ~= ARGV[3] then return redis.error_reply('EMPTIED') end
local home = redis.call('HGET', P .. 'home', box)
if home and home ~= node then return home end
if ARGV[4] == 'new' and redis.call('HEXISTS', P .. 'boxes', box) == 1 and
   redis.call('HGET', P .. 'births', box) ~= ARGV[5] then return 'past' end
if not home then redis.call('HSET', P .. 'home', box, node) end
local B = P .. 'box:' .. box .. ':'
local K, X = B .. 'k', P .. 'index'
local function unlist(field)
  local keys = redis.call('HGET', K, field)
  if not keys then return end
  for i = 1, #keys, 8 do
    local key = string.sub(keys, i, i + 7)
    if redis.call('HGET', X, key) == box then redis.call('HDEL', X, key) end
  end
  redis.call('HDEL', K, field)
end
local function list(field, keys)
  if redis.call('HGET', K, field) == keys then return end
  unlist(field)
  for i = 1, #keys, 8 do redis.call('HSET', X, string.sub(keys, i, i + 7), box) end
  redis.call('HSET', K, field, keys)
end
local function unlist_all(of_uploads)
  for _, field in ipairs(redis.call('HKEYS', K)) do
    if (string.sub(field, 1, 1) == 'u') == of_uploads then unlist(field) end
  end
end
for i = 4, #ARGV, 5 do
  local what, a, b, c, d = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4]
  if what == 'box' then
    redis.call('SET', B .. 'c', a)
    redis.call('HSET', P .. 'boxes', box, b)
    redis.call('HSET', P .. 'uses', box, c)
    if d == '1' then redis.call('SADD', P .. 'due', box) else redis.call('SREM', P .. 'due', box) end
  elseif what == 'new' then redis.call('HSET', P .. 'births', box, a)
  elseif what == 'gone' then
    unlist_all(false)
    unlist_all(true)
    redis.call('DEL', B .. 'c', B .. 't', B .. 'n', B .. 'w', B .. 'u', B .. 'b', K, B .. 'f')
    redis.call('HDEL', P .. 'boxes', box)
    redis.call('HDEL', P .. 'births', box)
    redis.call('HDEL', P .. 'uses', box)
    redis.call('SREM', P .. 'due', box)
  elseif what == 'task' then
    redis.call('HSET', B .. 't', a, b)
    list(a, c)
  elseif what == 'tasks<' then
    for serial = tonumber(redis.call('GET', B .. 'f') or '1'), tonumber(a) - 1 do
      local field = string.format('%.0f', serial)
      unlist(field)
      redis.call('HDEL', B .. 't', field)
    end
    redis.call('SET', B .. 'f', a)
  elseif what == 'tasks-' then
    unlist_all(false)
    redis.call('DEL', B .. 't')
    redis.call('SET', B .. 'f', a)
  elseif what == 'note' then redis.call('HSET', B .. 'n', a, b)
  elseif what == 'note-' then redis.call('HDEL', B .. 'n', a)
  elseif what == 'notes-' then redis.call('DEL', B .. 'n')
  elseif what == 'hook' then redis.call('HSET', B .. 'w', a, b)
  elseif what == 'hook-' then redis.call('HDEL', B .. 'w', a)
  elseif what == 'hooks-' then redis.call('DEL', B .. 'w')
  elseif what == 'file' then
    redis.call('HSET', B .. 'u', a, b)
    redis.call('HSET', B .. 'b', a, c)
    list('u' .. a, d)
  elseif what == 'file-' then
    redis.call('HDEL', B .. 'u', a)
    redis.call('HDEL', B .. 'b', a)
    unlist('u' .. a)
  elseif what == 'letter' then redis.call('HSET', P .. 'letters', a, b)
  elseif what == 'letter-' then redis.call('HDEL', P .. 'letters', a)
  end
end
if ARGV[4] == 'gone' and #ARGV == 8 then redis.call('HDEL', P .. 'home', box) end
return ''
)lua";

// A scenario. Arguments: the birth the emulator knows, key, value.
inline constexpr std::string_view kScenarioScript = R"lua(
local P = KEYS[1]
if redis.call('HGET', P .. 'meta', 'birth') ~= ARGV[1] then return redis.error_reply('EMPTIED') end
redis.call('HSETNX', P .. 'scenario', ARGV[2], ARGV[3])
return ''
)lua";

// Lets scenarios go that no sandbox has.
inline constexpr std::string_view kSweepScript = R"lua(
local P = KEYS[1]
local used = {}
for _, key in ipairs(redis.call('HVALS', P .. 'uses')) do used[key] = true end
for _, key in ipairs(redis.call('HKEYS', P .. 'scenario')) do
  if not used[key] then redis.call('HDEL', P .. 'scenario', key) end
end
return ''
)lua";

}  // namespace emulator::state
