#include "emulator/judge/judge.h"

#include <iterator>
#include <utility>

#include "emulator/base/json_text.h"

namespace emulator::judge {
namespace {

constexpr std::size_t kGoneShare = 10;

void add_met(std::vector<Met>& to, const std::vector<Met>& more) {
  if (to.size() < more.size()) to.resize(more.size());
  for (std::size_t i = 0; i < more.size(); ++i) to[i].add(more[i]);
}

}  // namespace

const Terms& Judge::terms(std::uint16_t provider) {
  if (terms_.size() <= provider) terms_.resize(std::size_t{provider} + 1);
  auto& place = terms_[provider];
  if (!place) place = std::make_unique<Terms>(terms_of(parts_.contract(provider)));
  return *place;
}

Docket& Judge::docket(Sandbox& box) {
  if (!box.judged) {
    auto made = std::make_unique<Docket>(limits_, parts_.memory);
    made->told = [this](Sandbox& of, const Finding& finding) {
      ++counts_[static_cast<std::size_t>(finding.code)];
      if (!of.feed.is_heard()) return;
      const std::string text = compact_json(finding_json(finding));
      of.feed.tell({Happening::Kind::kFinding, finding.at, nullptr,
                    emulator::to_string(finding.code), text});
    };
    box.judged = std::move(made);
  }
  return static_cast<Docket&>(*box.judged);
}

void Judge::answered(Sandbox& box, const Sight& sight) {
  docket(box).answered(box, terms(sight.provider), sight);
}

void Judge::submitted(Sandbox& box, std::uint16_t provider, const Exchange& exchange,
                      const std::vector<contract::Field>& fields, const Json& body,
                      const Json& input) {
  docket(box).submitted(box, terms(provider), exchange, fields, body, input);
}

void Judge::tried(Sandbox& box, std::uint16_t provider, const Trial& trial) {
  docket(box).tried(box, provider, terms(provider), trial);
}

void Judge::hung_up(Sandbox& box, std::uint16_t provider, std::uint64_t number) {
  docket(box).hung_up(box, terms(provider), number);
}

void Judge::add(Report& report, const Sandbox& box, bool over) {
  if (!box.judged) return;
  const auto& docket = static_cast<const Docket&>(*box.judged);
  std::vector<const Terms*> known;
  for (const auto& one : terms_) known.push_back(one.get());
  const auto& found = docket.found();
  report.findings.insert(report.findings.end(), found.begin(), found.end());
  std::vector<Finding> missing = docket.missing(box, known, over);
  const std::size_t room = limits_.findings - std::min(limits_.findings, found.size());
  if (missing.size() > room) {
    report.not_kept += missing.size() - room;
    missing.resize(room);
  }
  std::move(missing.begin(), missing.end(), std::back_inserter(report.findings));
  report.not_kept += docket.not_kept();
  report.allowed += docket.allowed();
  report.not_watched += docket.unwatched();
}

Judge::Report Judge::of(const Sandbox& box) {
  Report out;
  add(out, box, false);
  sort_findings(out.findings);
  return out;
}

void Judge::closing(Sandbox& box) {
  if (!box.judged) return;
  Report last;
  add(last, box, false);
  add_met(gone_met_, static_cast<const Docket&>(*box.judged).met());
  box.judged.reset();
  gone_.not_kept += last.not_kept;
  gone_.allowed += last.allowed;
  gone_.not_watched += last.not_watched;
  std::size_t bytes = gone_held_.bytes();
  if (bytes == 0) gone_held_ = Charge(parts_.memory, Held::kFindings);
  for (Finding& one : last.findings) {
    if (gone_.findings.size() >= kGoneShare * limits_.findings) {
      ++gone_.not_kept;
      continue;
    }
    bytes += one.bytes();
    gone_.findings.push_back(std::move(one));
  }
  gone_held_.set(bytes);
}

Coverage Judge::coverage_of(const Sandbox& box) const {
  if (!box.judged) return {};
  return judge::coverage_of(static_cast<const Docket&>(*box.judged).met(), parts_.contract);
}

std::vector<Met> Judge::met_in_all(const std::list<Sandbox*>& boxes) const {
  std::vector<Met> out = gone_met_;
  for (const Sandbox* box : boxes)
    if (box->judged) add_met(out, static_cast<const Docket&>(*box->judged).met());
  return out;
}

Coverage Judge::coverage_of_all(const std::list<Sandbox*>& boxes) const {
  return judge::coverage_of(met_in_all(boxes), parts_.contract);
}

void Judge::let_go(const std::list<Sandbox*>& boxes, std::uint64_t bytes) {
  std::uint64_t freed = gone_held_.bytes();
  gone_.not_kept += gone_.findings.size();
  gone_.findings = {};
  gone_held_.set(0);
  for (auto box = boxes.rbegin(); box != boxes.rend() && freed < bytes; ++box) {
    if (!(*box)->judged) continue;
    const auto& docket = static_cast<const Docket&>(*(*box)->judged);
    freed += docket.bytes();
    gone_.not_kept += docket.found().size() + docket.not_kept();
    gone_.allowed += docket.allowed();
    gone_.not_watched += docket.unwatched();
    add_met(gone_met_, docket.met());
    (*box)->judged.reset();
  }
}

Judge::Report Judge::of_all(const std::list<Sandbox*>& boxes) {
  Report out = gone_;
  for (const Sandbox* box : boxes) add(out, *box, true);
  sort_findings(out.findings);
  return out;
}

}  // namespace emulator::judge
