#include "tests/support/world.h"

#include <algorithm>
#include <stdexcept>

#include "emulator/files.h"

namespace emulator::test {
namespace {

std::shared_ptr<const scenario::Scenario> scenario_of(const std::string& wanted,
                                                      ScenarioLibrary& library) {
  if (library.has(wanted)) return *library.find(wanted);
  auto loaded = scenario::load("test.yaml", wanted, library.vocabulary());
  if (!loaded) {
    std::string text;
    for (const yaml::Problem& problem : loaded.error())
      text += yaml::to_line("test.yaml", problem) + "\n";
    throw std::runtime_error(text);
  }
  return loaded->scenario;
}

std::vector<Registry::Entry> with_built_in(std::vector<Registry::Entry> more) {
  std::vector<Registry::Entry> all = built_in_providers();
  for (Registry::Entry& one : more) all.push_back(std::move(one));
  return all;
}

}  // namespace

World::World(WorldOptions options) : registry(with_built_in(std::move(options.providers))) {
  for (const std::string& contract : options.contracts)
    if (const auto laid = registry.lay_over({"test-contract.yaml", contract}); !laid)
      throw std::runtime_error(laid.error().front());
  library = std::make_unique<ScenarioLibrary>(registry.vocabulary());
  Sandboxes::Options boxes;
  boxes.limits = options.limits;
  boxes.seed = options.seed;
  boxes.memory = &memory;
  boxes.clock = {options.manual, kNewYear};
  boxes.closing = [this](Sandbox& box) {
    if (judge) judge->closing(box);
  };
  sandboxes = std::make_unique<Sandboxes>(boxes, wall, *library, loop);
  sandboxes->set_default(scenario_of(options.scenario, *library));
  uploads = std::make_unique<Uploads>(Uploads::Limits{}, &memory);
  judge = std::make_unique<judge::Judge>(
      options.judge,
      judge::Judge::Parts{[this](std::uint16_t provider) -> const contract::Contract& {
                            return registry.contract(provider);
                          },
                          &memory});
  pipeline = std::make_unique<Pipeline>(
      options.pipeline,
      Pipeline::Parts{registry,
                      *sandboxes,
                      *library,
                      *uploads,
                      [folder = options.folder](const std::string& path) {
                        return read_file(folder.empty() ? path : folder + "/" + path, 1u << 28);
                      },
                      loop,
                      [this](const Sandbox& box, const Exchange& exchange) {
                        if (told) told(box, exchange);
                      },
                      nullptr,
                      nullptr,
                      {},
                      options.judged ? judge.get() : nullptr});
}

World::~World() = default;

std::shared_ptr<World::Later> World::send_later(http::Request asked) {
  auto later = std::make_shared<Later>();
  pipeline->handle(std::make_shared<const http::Request>(std::move(asked)),
                   [later](http::Reply reply) {
                     if (!later->reply) later->reply = std::move(reply);
                   });
  return later;
}

std::optional<http::Reply> World::send(http::Request asked) {
  return std::move(send_later(std::move(asked))->reply);
}

Sandboxes::Moved World::advance(const std::string& sandbox, Duration by) {
  Sandbox& box = sandboxes->named(sandbox);
  Sandboxes::Moved out;
  sandboxes->move(box, box.now() + by, [&out](Sandboxes::Moved moved) { out = std::move(moved); });
  return out;
}

void World::advance_wall(Duration by) {
  wall.advance(by);
  loop.turn();
}

http::Request request(std::string method, std::string target,
                      std::vector<std::pair<std::string, std::string>> headers, std::string body) {
  http::Request out;
  out.method = std::move(method);
  std::string host = "127.0.0.1:4242";
  if (const auto scheme = target.find("://"); scheme != std::string::npos) {
    out.secure = target.starts_with("https");
    const auto slash = target.find('/', scheme + 3);
    host = target.substr(scheme + 3, slash - scheme - 3);
    target = slash == std::string::npos ? "/" : target.substr(slash);
  }
  bool has_host = false;
  for (auto& [name, value] : headers) {
    if (http::same_name(name, "host")) has_host = true;
    out.headers.add(std::move(name), std::move(value));
  }
  if (!has_host) out.headers.add("host", host);
  const auto mark = target.find('?');
  out.path = target.substr(0, mark);
  if (mark != std::string::npos) out.query = target.substr(mark + 1);
  out.target = std::move(target);
  out.body = std::move(body);
  out.peer = "127.0.0.1:50000";
  return out;
}

}  // namespace emulator::test
