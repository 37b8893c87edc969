// What somebody begins a scenario of his own with: the built-in ones, and a commented file.
#include <string>
#include <string_view>

#include "emulator/app/commands.h"
#include "emulator/app/contracts.h"
#include "emulator/app/scenario_file.h"
#include "emulator/files.h"
#include "emulator/pipeline/registry.h"
#include "emulator/sandbox/library.h"
#include "emulator/scenario/schema.h"

namespace emulator {
namespace {

constexpr std::string_view kSchemaFile = "provider-emulator.schema.json";

// `{name}` is the scenario's name, `{file}` its file. What stands behind "# " in the rules and
// below is good as well, once the signs are taken away.
constexpr std::string_view kText = R"(# yaml-language-server: $schema=provider-emulator.schema.json
# What the "provider" does. Serve it, and edit it meanwhile: it is read again when it is saved.
#   provider-emulator serve --scenario {file}
#   provider-emulator check {file}
name: {name}
about: What this story is about, in one sentence.

# Of every task that no rule says otherwise about: a duration, a range such as 1s..3s, or
# { p50: 2s, p99: 9s }.
defaults: { queue: 0s, run: 1s }

# The first rule that matches decides. Take the "# " away from one to try it.
rules:
  - name: beaches are flagged
    when: { on: submit, prompt: beach }
    then: { end: nsfw }

  # - name: the second submission is refused
  #   when: { on: submit, nth: 2 }
  #   then: { refuse: rate_limited, retry_after: 2s }

  # - name: some tasks fail, the same ones again for the same --seed
  #   when: { on: submit, chance: 10% }
  #   then: { end: failed }

  # - name: links to pictures are dead
  #   when: { on: download, first: 1 }
  #   then: { links: expired }

  # - name: an answer gets lost, though the task is made and charged
  #   when: { on: submit, prompt: twice }
  #   then: { wire: lost }

# What must have been asked by the end: provider-emulator run ends with 3 when it was not.
# expect:
#   - { when: { on: submit }, times: { at_least: 1 } }
)";

std::string filled(std::string_view name, std::string_view file) {
  std::string out;
  for (std::string_view rest = kText; !rest.empty();) {
    const std::size_t next = rest.find('{');
    out += rest.substr(0, next);
    if (next == std::string_view::npos) break;
    rest.remove_prefix(next);
    if (rest.starts_with("{name}")) {
      out += name;
      rest.remove_prefix(6);
    } else if (rest.starts_with("{file}")) {
      out += file;
      rest.remove_prefix(6);
    } else {
      out += '{';
      rest.remove_prefix(1);
    }
  }
  return out;
}

bool is_name(std::string_view text) {
  constexpr std::size_t kLongest = 64;
  return !text.empty() && text.size() <= kLongest &&
         text.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") ==
             std::string_view::npos;
}

}  // namespace

int show_command(const Config& config, const Surroundings& surroundings) {
  Registry registry(built_in_providers());
  ScenarioLibrary library(registry.vocabulary());
  if (!library.has(config.what)) {
    surroundings.err("provider-emulator: " + library.find(config.what).error() + "\n");
    return 2;
  }
  surroundings.out(std::string(library.text(config.what)));
  return 0;
}

int schema_command(const Surroundings& surroundings) {
  Registry registry(built_in_providers());
  surroundings.out(scenario::schema_json(registry.vocabulary()));
  return 0;
}

int init_command(const Config& config, const Surroundings& surroundings) {
  std::string file = config.what;
  if (!file.ends_with(".yaml") && !file.ends_with(".yml")) file += ".yaml";
  const std::size_t slash = file.find_last_of('/');
  const std::string base = slash == std::string::npos ? file : file.substr(slash + 1);
  const std::string name = base.substr(0, base.find_last_of('.'));
  if (!is_name(name)) {
    surroundings.err("provider-emulator: \"" + name +
                     "\" is no name for a scenario: at most 64 letters, digits, \"-\" and \"_\"\n");
    return 2;
  }
  if (const std::string problem = create_file(file, filled(name, file)); !problem.empty()) {
    surroundings.err("provider-emulator: " + problem + "\n");
    return 2;
  }
  surroundings.out("wrote " + file + "\n");
  const std::string beside = slash == std::string::npos ? "" : file.substr(0, slash + 1);
  const std::string schema = beside + std::string(kSchemaFile);
  Registry registry(built_in_providers());
  const std::string text = scenario::schema_json(registry.vocabulary());
  if (const auto there = read_file(schema, kMaxTextFile); there) {
    surroundings.out(*there == text ? schema + " is there already\n"
                                    : schema +
                                          " is there and another one, and left as it is; put it "
                                          "right with: provider-emulator schema > " +
                                          schema + "\n");
    return 0;
  }
  if (const std::string problem = create_file(schema, text); !problem.empty()) {
    surroundings.err("provider-emulator: " + problem + "\n");
    return 2;
  }
  surroundings.out("wrote " + schema + ", by which editors complete and check it\n");
  return 0;
}

}  // namespace emulator
