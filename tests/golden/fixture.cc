#include "tests/golden/fixture.h"

#include <set>

#include "emulator/base/json_text.h"
#include "emulator/base/text.h"
#include "emulator/base/yaml.h"
#include "emulator/files.h"
#include "emulator/image/picture.h"
#include "tests/support/world.h"

namespace emulator::test {
namespace {

// A YAML value as JSON, for `json:` bodies.
Json json_of(const yaml::Node& node) {
  using Kind = yaml::Node::Kind;
  if (node.kind == Kind::kNull) return nullptr;
  if (node.kind == Kind::kSequence) {
    Json out = Json::array();
    for (const yaml::Node& item : node.items) out.push_back(json_of(item));
    return out;
  }
  if (node.kind == Kind::kMapping) {
    Json out = Json::object();
    for (const auto& [key, value] : node.entries) out[key.scalar] = json_of(value);
    return out;
  }
  if (node.quoted) return node.scalar;
  if (node.scalar == "true") return true;
  if (node.scalar == "false") return false;
  if (node.scalar == "null" || node.scalar == "~") return nullptr;
  const bool numeric =
      !node.scalar.empty() && node.scalar.find_first_not_of("0123456789+-.eE") == std::string::npos;
  if (numeric)
    if (auto number = decode_json(node.scalar)) return *number;
  return node.scalar;
}

std::string filled(std::string_view text, const std::map<std::string, std::string>& kept) {
  std::string out;
  while (true) {
    const auto open = text.find("${");
    out += text.substr(0, open);
    if (open == std::string_view::npos) return out;
    const auto close = text.find('}', open);
    if (close == std::string_view::npos) return out + std::string(text.substr(open));
    const auto known = kept.find(std::string(text.substr(open + 2, close - open - 2)));
    out += known == kept.end() ? std::string(text.substr(open, close + 1 - open)) : known->second;
    text.remove_prefix(close + 1);
  }
}

std::string shown(std::string_view bytes) {
  std::string out = valid_utf8(bytes.substr(0, 3'000));
  if (bytes.size() > 3'000) out += "... (" + std::to_string(bytes.size()) + " bytes)";
  return out;
}

std::string first_difference(std::string_view expected, std::string_view got) {
  std::size_t at = 0;
  while (at < expected.size() && at < got.size() && expected[at] == got[at]) ++at;
  return "body differs at byte " + std::to_string(at) + "\n  expected: " + shown(expected) +
         "\n  got:      " + shown(got);
}

}  // namespace

// Reads a fixture file; the first thing that is wrong ends it.
class Reader {
 public:
  explicit Reader(Fixture& out) : out_(out) {}

  std::string read(const yaml::Node& root) {
    if (!root.is_mapping()) return place(root) + "a fixture is a mapping";
    if (auto problem =
            unknown(root, {"about", "source", "scenario", "contract", "auth", "steps", "note"});
        !problem.empty())
      return problem;
    for (const char* key : {"about", "source", "steps"})
      if (root.find(key) == nullptr) return place(root) + "\"" + key + "\" is missing";
    if (const auto* node = root.find("scenario"))
      out_.scenario_ = std::string(trimmed(node->scalar));
    if (const auto* node = root.find("contract")) out_.contracts_.push_back(node->scalar);
    if (const auto* node = root.find("auth")) out_.strict_keys_ = node->scalar == "format";
    for (const yaml::Node& step : root.find("steps")->items)
      if (auto problem = step_of(step); !problem.empty()) return problem;
    if (out_.steps_.empty()) return place(root) + "no steps";
    return "";
  }

 private:
  std::string place(const yaml::Node& node) const {
    return out_.file_ + ":" + std::to_string(node.at.line) + ": ";
  }
  std::string unknown(const yaml::Node& node, const std::set<std::string>& known) const {
    for (const auto& [key, value] : node.entries)
      if (!known.contains(key.scalar)) return place(key) + "unknown key \"" + key.scalar + "\"";
    return "";
  }

  std::string step_of(const yaml::Node& node) {
    Fixture::Step step;
    step.line = node.at.line;
    if (auto problem =
            unknown(node, {"send", "keep", "reply", "advance", "sandbox", "pending", "stream"});
        !problem.empty())
      return problem;
    if (const auto* advance = node.find("advance")) {
      const auto by = parse_duration(advance->scalar);
      if (!by) return place(*advance) + by.error();
      step.advance = *by;
      if (const auto* box = node.find("sandbox")) step.sandbox = box->scalar;
      out_.steps_.push_back(std::move(step));
      return "";
    }
    if (node.find("stream") != nullptr) return more_of(node, step);
    const yaml::Node* send = node.find("send");
    if (send == nullptr) {
      const yaml::Node* late = node.find("reply");
      if (late == nullptr)
        return place(node) + "a step has \"send\", \"advance\", \"stream\" or \"reply\"";
      step.held = true;
      if (const auto* keep = node.find("keep"))
        for (const auto& [key, value] : keep->entries)
          step.keep.emplace_back(key.scalar, value.scalar);
      if (auto problem = reply_of(*late, step); !problem.empty()) return problem;
      out_.steps_.push_back(std::move(step));
      return "";
    }
    if (auto problem = unknown(*send, {"method", "path", "headers", "json", "body"});
        !problem.empty())
      return problem;
    if (const auto* method = send->find("method")) step.method = method->scalar;
    if (const auto* path = send->find("path")) step.path = path->scalar;
    if (const auto* headers = send->find("headers"))
      for (const auto& [key, value] : headers->entries)
        step.headers.emplace_back(key.scalar, value.scalar);
    if (const auto* body = send->find("body")) step.body = body->scalar;
    if (const auto* json = send->find("json")) {
      step.body = compact_json(json_of(*json));
      bool typed = false;
      for (const auto& [name, value] : step.headers)
        typed = typed || http::same_name(name, "content-type");
      if (!typed) step.headers.emplace_back("content-type", "application/json");
    }
    if (const auto* keep = node.find("keep"))
      for (const auto& [key, value] : keep->entries)
        step.keep.emplace_back(key.scalar, value.scalar);
    if (const auto* pending = node.find("pending")) step.pending = pending->scalar == "true";
    const yaml::Node* reply = node.find("reply");
    if (reply == nullptr && !step.pending) return place(node) + "\"reply\" is missing";
    if (reply != nullptr)
      if (auto problem = reply_of(*reply, step); !problem.empty()) return problem;
    out_.steps_.push_back(std::move(step));
    return "";
  }

  // A step that looks at a stream again.
  std::string more_of(const yaml::Node& node, Fixture::Step& step) {
    if (auto problem = unknown(node, {"stream", "reply"}); !problem.empty()) return problem;
    const yaml::Node& number = *node.find("stream");
    const std::string& of = number.scalar;
    if (of.empty() || of.size() > 3 || of.find_first_not_of("0123456789") != std::string::npos ||
        of[0] == '0')
      return place(number) + "\"stream\" is the number of a stream, from 1";
    step.of = std::stoul(of);
    const yaml::Node* reply = node.find("reply");
    if (reply == nullptr) return place(node) + "\"reply\" is missing";
    if (auto problem = unknown(*reply, {"body", "ended"}); !problem.empty()) return problem;
    if (auto problem = reply_of(*reply, step); !problem.empty()) return problem;
    if (!step.reply_body && !step.ended)
      return place(*reply) + "a stream's \"reply\" has \"body\", \"ended\" or both";
    out_.steps_.push_back(std::move(step));
    return "";
  }

  std::string reply_of(const yaml::Node& reply, Fixture::Step& step) {
    if (auto problem = unknown(reply, {"status", "headers", "body", "picture", "stream", "ended"});
        !problem.empty())
      return problem;
    if (const auto* status = reply.find("status"))
      step.status = static_cast<unsigned>(std::stoul(status->scalar));
    if (const auto* headers = reply.find("headers"))
      for (const auto& [key, value] : headers->entries)
        step.reply_headers.push_back(
            {key.scalar, value.is_null() ? std::nullopt : std::optional<std::string>(value.scalar),
             key.at.line});
    if (const auto* body = reply.find("body")) {
      step.reply_body = body->scalar;
      step.body_line = body->at.line;
    }
    if (const auto* stream = reply.find("stream")) step.stream = stream->scalar == "true";
    if (const auto* ended = reply.find("ended")) step.ended = ended->scalar == "true";
    if (const auto* picture = reply.find("picture")) {
      if (auto problem = unknown(*picture, {"type", "size"}); !problem.empty()) return problem;
      if (const auto* type = picture->find("type")) step.picture_type = type->scalar;
      if (const auto* size = picture->find("size")) step.picture_size = size->scalar;
    }
    return "";
  }

  Fixture& out_;
};

Result<Fixture, std::string> Fixture::read(const std::string& file) {
  auto text = read_file(file, 8u << 20);
  if (!text) return Failure{text.error()};
  Fixture out;
  out.file_ = file;
  out.text_ = *text;
  const auto root = yaml::load(out.text_);
  if (!root) return Failure{yaml::to_line(file, root.error())};
  if (auto problem = Reader(out).read(*root); !problem.empty()) return Failure{problem};
  return out;
}

// Plays the steps of one fixture in one world.
class Player {
 public:
  explicit Player(const Fixture& fixture, std::vector<Registry::Entry> more = {})
      : fixture_(fixture), world_(options(fixture, std::move(more))) {}
  ~Player() {
    for (const Followed& stream : streams_) stream.sink->leave();
  }

  std::vector<Difference> play() {
    for (const Fixture::Step& step : fixture_.steps_) {
      if (step.advance)
        world_.advance(step.sandbox.empty() ? last_sandbox_ : step.sandbox, *step.advance);
      else if (step.of != 0)
        look(step);
      else if (step.held)
        arrived(step);
      else
        send(step);
    }
    return std::move(differences_);
  }

  // The body that came for each step, in order; for steps that send.
  std::vector<std::pair<const Fixture::Step*, std::string>> bodies;

 private:
  static WorldOptions options(const Fixture& fixture, std::vector<Registry::Entry> more) {
    WorldOptions out;
    out.providers = std::move(more);
    out.scenario = fixture.scenario_;
    out.contracts = fixture.contracts_;
    if (fixture.strict_keys_) out.pipeline.auth = Keys::Policy::kFormat;
    const auto slash = fixture.file_.rfind('/');
    out.folder = slash == std::string::npos ? "." : fixture.file_.substr(0, slash);
    return out;
  }

  // A streamed reply, and how much of it a step has seen.
  struct Followed {
    std::shared_ptr<Collected> sink;
    std::size_t seen = 0;

    std::string news() {
      std::string out = sink->text.substr(seen);
      seen = sink->text.size();
      return out;
    }
  };

  void note(int line, std::string what) { differences_.push_back({line, std::move(what)}); }

  void send(const Fixture::Step& step) {
    auto headers = step.headers;
    for (auto& [name, value] : headers) value = filled(value, kept_);
    auto later = world_.send_later(
        request(step.method, filled(step.path, kept_), headers, filled(step.body, kept_)));
    if (step.pending) {
      if (later->reply) note(step.line, "a reply came, though none was expected yet");
      held_ = later;
      if (!world_.sandboxes->all().empty()) last_sandbox_ = world_.sandboxes->all().front()->name();
      return;
    }
    if (!world_.sandboxes->all().empty()) last_sandbox_ = world_.sandboxes->all().front()->name();
    if (!later->reply) return note(step.line, "no reply came");
    check(step, *later->reply);
  }

  // The reply to the pending step before, which must have come by now.
  void arrived(const Fixture::Step& step) {
    if (!held_ || !held_->reply) return note(step.line, "the pending reply has not come");
    check(step, *held_->reply);
    held_.reset();
  }

  void check(const Fixture::Step& step, http::Reply& reply) {
    if (reply.stream) {
      Followed followed{std::make_shared<Collected>()};
      reply.stream(followed.sink);
      reply.body = followed.news();
      streams_.push_back(followed);
      check_end(step, *followed.sink);
    } else if (step.stream || step.ended) {
      note(step.line, "the reply is no stream");
    }
    keep(step, reply);
    bodies.emplace_back(&step, reply.body);
    if (step.status && reply.status != *step.status)
      note(step.line, "status is " + std::to_string(reply.status) + " instead of " +
                          std::to_string(*step.status) + ": " + shown(reply.body));
    for (const Fixture::Header& header : step.reply_headers) {
      const auto got = reply.headers.get(header.name);
      if (!header.value) {
        if (got) note(header.line, "header " + header.name + " should not be there");
      } else if (!got || *got != filled(*header.value, kept_)) {
        note(header.line, "header " + header.name + " is " +
                              (got ? "\"" + std::string(*got) + "\"" : "missing") +
                              " instead of \"" + filled(*header.value, kept_) + "\"");
      }
    }
    check_body(step, reply.body);
    if (step.picture_type) {
      const std::string_view type = image::sniffed_type(reply.body);
      if (type != *step.picture_type || reply.headers.get("content-type") != *step.picture_type)
        note(step.line,
             "the picture is " + std::string(type) + " instead of " + *step.picture_type);
    }
    if (step.picture_size) {
      const auto size = image::size_of(reply.body);
      const std::string got =
          size ? std::to_string(size->width) + "x" + std::to_string(size->height) : "no picture";
      if (got != filled(*step.picture_size, kept_))
        note(step.line, "the picture is " + got + " instead of " + *step.picture_size);
    }
  }

  void check_body(const Fixture::Step& step, std::string_view got) {
    if (!step.reply_body) return;
    const std::string expected = filled(*step.reply_body, kept_);
    if (expected != got) note(step.line, first_difference(expected, got));
  }

  // A stream that was aborted has not ended: its reader saw a broken connection.
  void check_end(const Fixture::Step& step, const Collected& sink) {
    if (!step.ended || sink.ended == *step.ended) return;
    note(step.line, sink.ended     ? "the stream has ended"
                    : sink.aborted ? "the stream was broken off"
                                   : "the stream has not ended");
  }

  // What has come on a stream since the last step that looked at it.
  void look(const Fixture::Step& step) {
    if (step.of > streams_.size())
      return note(step.line, "there were only " + std::to_string(streams_.size()) + " streams");
    Followed& followed = streams_[step.of - 1];
    const std::string news = followed.news();
    bodies.emplace_back(&step, news);
    check_body(step, news);
    check_end(step, *followed.sink);
  }

  void keep(const Fixture::Step& step, const http::Reply& reply) {
    if (step.keep.empty()) return;
    const auto body = decode_json(reply.body);
    for (const auto& [name, from] : step.keep) {
      if (from.starts_with("header:")) {
        kept_[name] = std::string(reply.headers.get(from.substr(7)).value_or(""));
        continue;
      }
      const auto pointer = Json::json_pointer(from);
      if (!body || !body->contains(pointer)) {
        note(step.line, "nothing to keep at " + from + " in " + shown(reply.body));
        continue;
      }
      const Json& value = body->at(pointer);
      kept_[name] = value.is_string() ? value.get<std::string>() : compact_json(value);
    }
  }

  const Fixture& fixture_;
  World world_;
  Fixture::Kept kept_;
  std::string last_sandbox_ = "default";
  std::shared_ptr<World::Later> held_;
  std::vector<Followed> streams_;  // in the order of their replies
  std::vector<Difference> differences_;
};

std::vector<Difference> Fixture::play(std::vector<Registry::Entry> more) const {
  return Player(*this, std::move(more)).play();
}

std::string Fixture::rebased() const {
  Player player(*this);
  player.play();
  // Bodies on one line, in single quotes, are replaced in place; others are left for the reader.
  std::vector<std::string> lines;
  for (const std::string_view line : split(text_, '\n')) lines.emplace_back(line);
  for (const auto& [step, body] : player.bodies) {
    if (!step->reply_body || step->body_line == 0) continue;
    std::string& line = lines[static_cast<std::size_t>(step->body_line - 1)];
    const auto quote = line.find("body: '");
    if (quote == std::string::npos || body.find('\n') != std::string::npos) continue;
    std::string escaped;
    for (const char c : body) escaped += c == '\'' ? std::string("''") : std::string(1, c);
    const bool flow = line.ends_with("}");
    line = line.substr(0, quote) + "body: '" + escaped + "'" + (flow ? " }" : "");
  }
  std::string out;
  for (std::size_t i = 0; i < lines.size(); ++i) out += (i == 0 ? "" : "\n") + lines[i];
  return out;
}

}  // namespace emulator::test
