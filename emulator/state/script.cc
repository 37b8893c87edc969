// What a scenario says of a task that acts after its acceptance. A rule is not kept by its place in
// a scenario: what was decided once stays, whatever becomes of the file.
#include <utility>

#include "emulator/base/json_text.h"
#include "emulator/state/bytes.h"
#include "emulator/state/values.h"

namespace emulator::state {
namespace {

using scenario::ImageTrouble;
using scenario::Span;
using scenario::TaskError;
using scenario::Then;
using scenario::WebhookTrouble;

void put_json(const Json& value, Packer& to) { to.text(compact_json(value)); }

Json take_json(Unpacker& from) {
  auto value = decode_json(from.text());
  return value ? std::move(*value) : Json();
}

void put_error(const TaskError& error, Packer& to) {
  to.text(error.name);
  put_json(error.code, to);
  to.text(error.message);
  to.text(error.type);
  for (const auto* part : {&error.loc, &error.ctx, &error.input})
    to.maybe(*part, [&](const Json& value) { put_json(value, to); });
}

TaskError take_error(Unpacker& from) {
  TaskError error;
  error.name = from.text();
  error.code = take_json(from);
  error.message = from.text();
  error.type = from.text();
  for (auto* part : {&error.loc, &error.ctx, &error.input})
    from.maybe(*part, [&] { return take_json(from); });
  return error;
}

void put_image(const ImageTrouble& trouble, Packer& to) {
  to.word(trouble.kind);
  to.whole(trouble.width);
  to.whole(trouble.height);
  to.text(trouble.style);
  to.maybe(trouble.caption, [&](bool caption) { to.flag(caption); });
  to.text(trouble.file);
}

ImageTrouble take_image(Unpacker& from) {
  ImageTrouble trouble;
  trouble.kind = from.word(ImageTrouble::Kind::kFile);
  trouble.width = static_cast<int>(from.whole());
  trouble.height = static_cast<int>(from.whole());
  trouble.style = from.text();
  from.maybe(trouble.caption, [&] { return from.flag(); });
  trouble.file = from.text();
  return trouble;
}

// The yes and no of a webhook's trouble, in the order of their bits.
constexpr bool WebhookTrouble::*kFlags[] = {
    &WebhookTrouble::drop,      &WebhookTrouble::early,          &WebhookTrouble::bad_signature,
    &WebhookTrouble::wrong_key, &WebhookTrouble::old_timestamp,  &WebhookTrouble::changed_body,
    &WebhookTrouble::slow_body, &WebhookTrouble::forced_retries, &WebhookTrouble::reordered};

}  // namespace

void pack_trouble(const WebhookTrouble& trouble, Packer& to) {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < std::size(kFlags); ++i)
    if (trouble.*kFlags[i]) bits |= 1u << i;
  to.number(bits);
  to.whole(trouble.times);
  to.maybe(trouble.delay, [&](const Span& span) {
    to.word(span.kind);
    to.span(span.low);
    to.span(span.high);
  });
}

WebhookTrouble take_trouble(Unpacker& from) {
  WebhookTrouble trouble;
  const std::uint64_t bits = from.number((1u << std::size(kFlags)) - 1);
  for (std::size_t i = 0; i < std::size(kFlags); ++i) trouble.*kFlags[i] = (bits >> i & 1) != 0;
  trouble.times = static_cast<int>(from.whole());
  from.maybe(trouble.delay, [&] {
    Span span;
    span.kind = from.word(Span::Kind::kLogNormal);
    span.low = from.span();
    span.high = from.span();
    return span;
  });
  return trouble;
}

void pack_script(const Then& then, Packer& to) {
  to.maybe(then.error, [&](const TaskError& error) { put_error(error, to); });
  to.number(then.nsfw.size());
  for (const bool flagged : then.nsfw) to.flag(flagged);
  to.maybe(then.links, [&](scenario::LinkState state) { to.word(state); });
  to.maybe(then.image, [&](const ImageTrouble& trouble) { put_image(trouble, to); });
  to.maybe(then.webhook, [&](const WebhookTrouble& trouble) { pack_trouble(trouble, to); });
}

Then take_script(Unpacker& from) {
  Then then;
  from.maybe(then.error, [&] { return take_error(from); });
  then.nsfw.resize(from.count());
  for (std::size_t i = 0; i < then.nsfw.size(); ++i) then.nsfw[i] = from.flag();
  from.maybe(then.links, [&] { return from.word(scenario::LinkState::kForbidden); });
  from.maybe(then.image, [&] { return take_image(from); });
  from.maybe(then.webhook, [&] { return take_trouble(from); });
  return then;
}

}  // namespace emulator::state
