#include "emulator/state/values.h"

#include <array>
#include <utility>

#include "emulator/base/json_text.h"
#include "emulator/state/bytes.h"

namespace emulator::state {
namespace {

std::string unreadable(const char* what) { return std::string(what) + " that cannot be read"; }

// Types are views of constants elsewhere; those that are known are known here.
std::string_view lasting_type(std::string_view type) {
  static constexpr std::array<std::string_view, 8> kTypes{"image/png",  "image/jpeg", "image/webp",
                                                          "image/gif",  "image/bmp",  "image/tiff",
                                                          "image/avif", "image/heic"};
  for (const std::string_view known : kTypes)
    if (known == type) return known;
  return "";
}

void put_request(const http::Request& request, Packer& to) {
  to.text(request.method);
  to.text(request.target);
  to.text(request.path);
  to.text(request.query);
  to.number(request.headers.size());
  for (const auto& [name, value] : request.headers) {
    to.text(name);
    to.text(value);
  }
  to.text(request.body);
  to.flag(request.secure);
  to.text(request.peer);
}

std::shared_ptr<const http::Request> take_request(Unpacker& from) {
  auto request = std::make_shared<http::Request>();
  request->method = from.text();
  request->target = from.text();
  request->path = from.text();
  request->query = from.text();
  for (std::size_t count = from.count(); count > 0; --count) {
    std::string name(from.text());
    request->headers.add(std::move(name), std::string(from.text()));
  }
  request->body = from.text();
  request->secure = from.flag();
  request->peer = from.text();
  return request;
}

void put_verdict(const webhook::Verdict& verdict, Packer& to) {
  to.text(verdict.provider);
  to.text(verdict.sandbox);
  to.text(verdict.task);
  to.word(verdict.signature);
  to.text(verdict.how);
  to.maybe(verdict.age, [&](Duration age) { to.span(age); });
}

webhook::Verdict take_verdict(Unpacker& from) {
  webhook::Verdict verdict;
  verdict.provider = from.text();
  verdict.sandbox = from.text();
  verdict.task = from.text();
  verdict.signature = from.word(webhook::Verdict::Signature::kNone);
  verdict.how = from.text();
  from.maybe(verdict.age, [&] { return from.span(); });
  return verdict;
}

}  // namespace

void pack_note(std::uint64_t place, const Json& value, std::string& out) {
  Packer to(out);
  to.number(kNoteForm);
  to.number(place);
  to.text(compact_json(value));
}

Result<NoteValue, std::string> unpacked_note(std::string_view bytes) {
  Unpacker from(bytes);
  if (from.number() != kNoteForm)
    return Failure{std::string("a note in a form that is not known here")};
  NoteValue out;
  out.place = from.number();
  auto value = decode_json(from.text());
  if (!from.whole_and_good() || !value) return Failure{unreadable("a note")};
  out.value = std::move(*value);
  return out;
}

void pack_webhook(const webhook::Delivery& delivery, std::string& out) {
  Packer to(out);
  to.number(kWebhookForm);
  to.number(delivery.number);
  to.number(delivery.provider);
  to.text(delivery.task);
  to.number(delivery.serial);
  to.text(delivery.endpoint);
  to.text(delivery.event);
  to.text(delivery.url);
  to.real(delivery.share);
  to.flag(delivery.stage == webhook::Stage::kAwaiting);
  to.flag(delivery.several);
  to.flag(delivery.decided());
  to.flag(delivery.by_hand);
  to.flag(delivery.stage == webhook::Stage::kHeld);
  to.maybe(delivery.copy_of, [&](std::uint64_t number) { to.number(number); });
  to.maybe(delivery.happened, [&](Instant at) { to.instant(at); });
  to.maybe(delivery.next, [&](Instant at) { to.instant(at); });
  to.flag(delivery.worded != nullptr);
  if (delivery.worded) to.text(*delivery.worded);
  pack_trouble(delivery.trouble, to);
  to.number(delivery.tried);
  to.text(delivery.voice ? delivery.voice->made_from() : "");
}

Result<WebhookValue, std::string> unpacked_webhook(std::string_view bytes) {
  Unpacker from(bytes);
  if (from.number() != kWebhookForm)
    return Failure{std::string("a webhook in a form that is not known here")};
  WebhookValue out;
  out.delivery = std::make_shared<webhook::Delivery>();
  webhook::Delivery& delivery = *out.delivery;
  delivery.number = from.number();
  delivery.provider = static_cast<std::uint16_t>(from.number(UINT16_MAX));
  delivery.task = from.text();
  delivery.serial = from.number();
  delivery.endpoint = from.text();
  delivery.event = from.text();
  delivery.url = from.text();
  delivery.share = from.real();
  const bool awaits = from.flag();
  delivery.several = from.flag();
  const bool decided = from.flag();
  delivery.by_hand = from.flag();
  const bool held = from.flag();
  delivery.stage = awaits     ? webhook::Stage::kAwaiting
                   : !decided ? webhook::Stage::kHappened
                   : held     ? webhook::Stage::kHeld
                              : webhook::Stage::kScheduled;
  from.maybe(delivery.copy_of, [&] { return from.number(); });
  from.maybe(delivery.happened, [&] { return from.instant(); });
  from.maybe(delivery.next, [&] { return from.instant(); });
  if (from.flag()) delivery.worded = std::make_shared<const std::string>(from.text());
  delivery.trouble = take_trouble(from);
  delivery.tried = static_cast<std::size_t>(from.number());
  out.voice = from.text();
  if (!from.whole_and_good() || (!awaits && !delivery.happened))
    return Failure{unreadable("a webhook")};
  return out;
}

void pack_upload(const Uploads::File& about, std::string& out) {
  Packer to(out);
  to.number(kUploadForm);
  to.text(about.content_type);
  to.text(about.name);
  to.text(about.sandbox);
  to.instant(about.uploaded);
  to.maybe(about.expires, [&](Instant at) { to.instant(at); });
  to.text(about.note);
  to.word(about.picture.state);
  to.text(about.picture.type);
  to.maybe(about.picture.size, [&](const image::Size& size) {
    to.whole(size.width);
    to.whole(size.height);
  });
}

Result<Uploads::File, std::string> unpacked_upload(std::string_view bytes) {
  Unpacker from(bytes);
  if (from.number() != kUploadForm)
    return Failure{std::string("an upload in a form that is not known here")};
  Uploads::File about;
  about.content_type = from.text();
  about.name = from.text();
  about.sandbox = from.text();
  about.uploaded = from.instant();
  from.maybe(about.expires, [&] { return from.instant(); });
  about.note = from.text();
  about.picture.state = from.word(image::Inspection::State::kCutOff);
  about.picture.type = lasting_type(from.text());
  from.maybe(about.picture.size, [&] {
    const auto width = static_cast<int>(from.whole());
    return image::Size{width, static_cast<int>(from.whole())};
  });
  if (!from.whole_and_good()) return Failure{unreadable("an upload")};
  return about;
}

void pack_letter(const webhook::Letter& letter, std::string& out) {
  Packer to(out);
  to.number(kLetterForm);
  to.number(letter.number);
  to.text(letter.inbox);
  to.instant(letter.at);
  put_request(*letter.request, to);
  to.maybe(letter.verdict, [&](const webhook::Verdict& verdict) { put_verdict(verdict, to); });
}

Result<webhook::Letter, std::string> unpacked_letter(std::string_view bytes) {
  Unpacker from(bytes);
  if (from.number() != kLetterForm)
    return Failure{std::string("a letter in a form that is not known here")};
  webhook::Letter letter;
  letter.number = from.number();
  letter.inbox = from.text();
  letter.at = from.instant();
  letter.request = take_request(from);
  from.maybe(letter.verdict, [&] { return take_verdict(from); });
  if (!from.whole_and_good()) return Failure{unreadable("a letter")};
  return letter;
}

}  // namespace emulator::state
