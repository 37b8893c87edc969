// Our own fixtures, as docs/adding-a-provider.md describes them. What they keep of one answer for
// later requests stays as `${name}` here.
#include "emulator/base/json_text.h"
#include "emulator/base/text.h"
#include "emulator/base/yaml.h"
#include "emulator/compare/recording.h"
#include "emulator/compare/yaml_json.h"

namespace emulator::compare {
namespace {

class FixtureReader {
 public:
  FixtureReader(Recording& out, const Take& take) : out_(out), take_(take) {}

  void read(const yaml::Node& root) {
    out_.kind = Recording::Kind::kFixture;
    if (const auto* node = root.find("scenario")) out_.scenario = trimmed(node->scalar);
    if (const auto* node = root.find("contract")) out_.contracts.push_back(node->scalar);
    if (const auto* node = root.find("auth")) out_.strict_keys = node->scalar == "format";
    for (const yaml::Node& step : root.find("steps")->items) {
      if (!more_) return;
      this->step(step);
    }
    flush();
  }

 private:
  void problem(const yaml::Node& node, const std::string& what) {
    out_.problems.push_back(yaml::to_line(out_.file, {node.at, what}));
  }

  void flush() {
    if (!held_) return;
    Taken taken;
    const int line = held_->line;
    taken.recorded = std::move(*held_);
    held_.reset();
    more_ = take_(std::move(taken), line);
  }

  void step(const yaml::Node& node) {
    if (const auto* advance = node.find("advance")) return advanced(node, *advance);
    const yaml::Node* reply = node.find("reply");
    if (const auto* send = node.find("send")) {
      flush();
      Recorded next;
      next.line = node.at.line;
      next.fixture = FixtureStep{advance_, advance_box_, {}, {}};
      advance_ = Duration{0};
      advance_box_.clear();
      if (!request(*send, next)) return;
      keep(node, next);
      held_ = std::move(next);
      if (reply == nullptr && node.find("pending") == nullptr)
        problem(node, "\"reply\" is missing");
      if (reply != nullptr) take_reply(*reply);
      return;
    }
    // The reply to a pending request. What comes later on a stream is not looked at again.
    if (node.find("stream") == nullptr && reply != nullptr && held_ && held_->status == 0) {
      held_->took = advance_;
      advance_ = Duration{0};
      keep(node, *held_);
      take_reply(*reply);
      return;
    }
    if (node.find("stream") == nullptr)
      problem(node, "a step has \"send\", \"advance\", \"stream\" or \"reply\"");
  }

  void advanced(const yaml::Node& node, const yaml::Node& advance) {
    const auto by = parse_duration(advance.scalar);
    if (!by) return problem(advance, by.error());
    advance_ += *by;
    if (const auto* box = node.find("sandbox")) advance_box_ = box->scalar;
  }

  bool request(const yaml::Node& send, Recorded& next) {
    next.method = "GET";
    if (const auto* method = send.find("method")) next.method = method->scalar;
    const auto* path = send.find("path");
    if (path == nullptr) {
      problem(send, "\"path\" is missing");
      return false;
    }
    next.url = path->scalar;
    if (next.url.starts_with("/")) next.url = "http://127.0.0.1:4242" + next.url;
    if (const auto* headers = send.find("headers"))
      for (const auto& [key, value] : headers->entries) next.headers.add(key.scalar, value.scalar);
    if (const auto* body = send.find("body")) next.body = body->scalar;
    if (const auto* json = send.find("json")) {
      const auto value = json_of_yaml(*json);
      if (!value) {
        problem(*json, value.error());
        return false;
      }
      next.body = compact_json(*value);
      if (!next.headers.has("content-type")) next.headers.add("content-type", "application/json");
    }
    return true;
  }

  static void keep(const yaml::Node& node, Recorded& next) {
    if (const auto* keep = node.find("keep"))
      for (const auto& [key, value] : keep->entries)
        next.fixture->keep.emplace_back(key.scalar, value.scalar);
  }

  void take_reply(const yaml::Node& reply) {
    Recorded& next = *held_;
    next.status = 1;  // any, unless it is said
    if (const auto* status = reply.find("status"))
      if (const auto code = decode_json(status->scalar); code && code->is_number_integer())
        next.status = code->get<unsigned>();
    if (const auto* headers = reply.find("headers"))
      for (const auto& [key, value] : headers->entries) {
        if (value.is_null())
          next.fixture->absent.push_back(key.scalar);
        else
          next.reply_headers.add(key.scalar, value.scalar);
      }
    if (const auto* body = reply.find("body")) next.reply = body->scalar;
    const auto* picture = reply.find("picture");
    if (picture == nullptr) return;
    if (const auto* type = picture->find("type")) next.picture_type = type->scalar;
    const auto* size = picture->find("size");
    if (size == nullptr) return;
    const auto cross = size->scalar.find('x');
    const auto width = decode_json(size->scalar.substr(0, cross));
    const auto height =
        decode_json(cross == std::string::npos ? "" : size->scalar.substr(cross + 1));
    if (width && height && width->is_number_integer() && height->is_number_integer())
      next.picture_size = image::Size{width->get<int>(), height->get<int>()};
  }

  Recording& out_;
  const Take& take_;
  std::optional<Recorded> held_;
  Duration advance_{0};
  std::string advance_box_;
  bool more_ = true;
};

}  // namespace

void read_fixture(const yaml::Node& root, Recording& out, const Take& take) {
  FixtureReader(out, take).read(root);
}

}  // namespace emulator::compare
