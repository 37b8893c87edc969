#include <chrono>
#include <utility>

#include "emulator/state/redis_scripts.h"
#include "emulator/state/redis_store.h"

namespace emulator::state {
namespace {

using Words = RedisLink::Words;

class RedisClaims final : public Claims {
 public:
  explicit RedisClaims(RedisSharedPtr shared)
      : shared_(std::move(shared)), link_(shared_->options.address, shared_->options.patience) {}

  Life live(const std::string& address) override {
    const auto life =
        std::chrono::duration_cast<std::chrono::milliseconds>(shared_->options.life).count();
    RedisAnswer answer;
    try {
      answer = link_.call(kLiveScript, {shared_->names, shared_->id, shared_->birth(), address,
                                        std::to_string(life)});
    } catch (const StateFault& fault) {
      if (std::string_view(fault.what()).find(kEmptied) == std::string_view::npos) throw;
      Life lost;
      lost.emptied = true;
      return lost;
    }
    Life out;
    if (answer.list.size() != 2) throw StateFault(shared_->shown() + ": an unknown answer");
    for (const RedisAnswer& each : answer.list[0].list) out.addresses.push_back(each.text);
    for (const RedisAnswer& each : answer.list[1].list) out.orphans.push_back(each.text);
    return out;
  }

  void go_on() override {
    if (const std::string problem = make_ours(link_, *shared_); !problem.empty())
      throw StateFault(problem);
  }

  void leave() override {
    link_.run({{"DEL", shared_->name("node:" + shared_->id)},
               {"HDEL", shared_->name("nodes"), shared_->id}});
  }

  Claimed claim(const std::vector<std::uint64_t>& keys, const std::string& name) override {
    Words words{shared_->names, shared_->id, name};
    for (const std::uint64_t key : keys) words.push_back(packed_keys({key}));
    const RedisAnswer answer = link_.call(kClaimScript, std::move(words));
    Claimed out;
    if (answer.list.empty()) throw StateFault(shared_->shown() + ": an unknown answer");
    if (answer.list[0].text == "nobodys") return out;
    out.name = answer.list.at(1).text;
    if (answer.list[0].text == "theirs") {
      out.whose = Claimed::Whose::kTheirs;
      out.address = answer.list.at(2).text;
      return out;
    }
    out.whose = Claimed::Whose::kOurs;
    const std::string& head = answer.list.at(2).text;
    if (head.empty()) return out;
    out.stored = unpacked_head(head, out.name);
    if (!out.stored)
      throw StateFault("cannot read the state in " + shared_->shown() +
                       ": a value in it is not as it was written");
    return out;
  }

  const std::string& secret() const override { return shared_->options.secret; }
  const std::string& id() const override { return shared_->id; }

 private:
  const RedisSharedPtr shared_;
  RedisLink link_;
};

}  // namespace

std::unique_ptr<Claims> redis_claims(RedisSharedPtr shared) {
  return std::make_unique<RedisClaims>(std::move(shared));
}

}  // namespace emulator::state
