// Attempts: a place, the request, and what follows from the receiver's answer.
#include <algorithm>
#include <exception>
#include <utility>
#include <variant>

#include "emulator/base/text.h"
#include "emulator/webhook/courier.h"
#include "emulator/webhook/next.h"
#include "emulator/webhook/policy.h"

namespace emulator::webhook {
namespace {

constexpr std::size_t kMostAttempts = 100;  // kept of one record
// How much older `old_timestamp` makes a message; every provider's receivers are told to refuse
// what is more than five minutes old.
constexpr Duration kOlder = std::chrono::minutes(10);
// About how long `slow_body` takes, in seconds of the wall.
constexpr std::size_t kSlowSeconds = 2;
constexpr std::size_t kSlowest = 64;  // bytes a second

// Bytes that would end a header line.
bool fits_a_header(const http::Headers& headers) {
  return std::all_of(headers.begin(), headers.end(), [](const http::Headers::Field& field) {
    return std::all_of(field.second.begin(), field.second.end(), [](char c) {
      return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
    });
  });
}

// In which way a receiver that looks must find a message wrong.
std::string_view spoiled_how(const scenario::WebhookTrouble& trouble) {
  if (trouble.bad_signature) return "bad_signature";
  if (trouble.wrong_key) return "wrong_key";
  if (trouble.changed_body) return "changed_body";
  return trouble.old_timestamp ? "old_timestamp" : "";
}

// What becomes of an attempt that is not made.
http::Receipt unsent(std::string why) {
  http::Receipt out;
  out.refused = true;
  out.error = std::move(why);
  return out;
}

// What is sent: where the target says, as it was sealed, with what the scenario does to it.
http::Post post_of(const Delivery& delivery) {
  const Url& target = *delivery.target;
  http::Post post;
  aim(post, target);
  post.headers = delivery.headers;
  if (!target.credentials.empty())
    post.headers.add("authorization", "Basic " + base64(target.credentials));
  post.late = delivery.late;
  post.body = delivery.body;
  const auto& limits = delivery.rules.time_limits;
  post.time_limit = limits[std::min(delivery.tried, limits.size() - 1)];
  if (const std::string& page = delivery.ask->page; !page.empty())
    post.barred = [page](const http::Address& address) { return barred_for_page(page, address); };
  if (delivery.trouble.slow_body) post.pace = std::max(post.body->size() / kSlowSeconds, kSlowest);
  return post;
}

}  // namespace

std::string changed(std::string body) {
  const auto digit = body.find_last_of("0123456789");
  if (digit == std::string::npos) return body + " ";
  body[digit] = static_cast<char>('0' + (body[digit] - '0' + 1) % 10);
  return body;
}

// Begins an attempt, from `place` if there is one already.
void Courier::launch(const DeliveryPtr& delivery, Completion told, Place place) {
  books_[delivery->box].move(delivery, Stage::kQueued);
  delivery->reason.clear();
  // While a clock is moved, one slow receiver must not hold it for good.
  if (moving(delivery->box)) told.at_most(kSettle, parts_.loop);
  delivery->completion = std::move(told);
  if (place) return fly(delivery, std::move(place));
  const auto let_in = [this, weak = std::weak_ptr(delivery)](Place given) {
    // It may have been forgotten meanwhile, with everything else of its sandbox.
    if (const DeliveryPtr next = weak.lock(); next && has(*next)) fly(next, std::move(given));
  };
  // Scripted duplicates are there to meet each other at the receiver.
  dispatcher_.enter(delivery->box, let_in, /*together=*/delivery->copy_of.has_value());
}

// Makes the attempt from its place: sealed anew each time, and sent.
void Courier::fly(const DeliveryPtr& delivery, Place place) {
  Sandbox* const box = parts_.sandboxes.find(delivery->box);
  if (box == nullptr) return;
  books_[delivery->box].move(delivery, Stage::kInFlight);
  delivery->place = std::move(place);
  delivery->followed = 0;
  const scenario::WebhookTrouble& trouble = delivery->trouble;
  const Duration older = trouble.old_timestamp ? kOlder : Duration::zero();
  Sealed sealed;
  std::string fault;
  try {
    sealed = delivery->voice->seal({*box, *delivery->ask, delivery->task, delivery->event,
                                    delivery->worded, *delivery->happened - older,
                                    box->now() - older, trouble.bad_signature, trouble.wrong_key});
  } catch (const std::exception& error) {  // the dialect's: this one is over, the others go on
    fault = "it cannot be signed: " + std::string(error.what());
  }
  delivery->headers = std::move(sealed.headers);
  delivery->late = std::move(sealed.late);
  delivery->body = trouble.changed_body
                       ? std::make_shared<const std::string>(changed(*delivery->worded))
                       : delivery->worded;
  if (delivery->attempts.size() >= kMostAttempts)
    delivery->attempts.erase(delivery->attempts.begin());
  delivery->attempts.emplace_back().at = box->now();
  delivery->post = post_of(*delivery);
  delivery->spoiled = spoiled_how(trouble);
  if (!fault.empty()) return landed(delivery, unsent(std::move(fault)));
  send(delivery);
}

void Courier::send(const DeliveryPtr& delivery) {
  if (!fits_a_header(delivery->post.headers)) {
    return landed(delivery,
                  unsent("a header would hold a line break or another control character"));
  }
  if (steers_an_emulator(delivery->post.target)) {
    return landed(
        delivery,
        unsent("the control API takes no webhooks, only its inboxes do (/_emulator/inbox/NAME)"));
  }
  delivery->flight = parts_.send(
      delivery->post,
      [this, name = delivery->box, weak = std::weak_ptr(delivery)](http::Receipt receipt) {
        const auto held = std::make_shared<http::Receipt>(std::move(receipt));
        dispatcher_.run(name, [this, weak, held] {
          // Without a flight it was broken off meanwhile.
          const DeliveryPtr back = weak.lock();
          if (back && back->flight) landed(back, std::move(*held));
        });
      });
}

void Courier::landed(const DeliveryPtr& delivery, http::Receipt receipt) {
  Sandbox* const box = parts_.sandboxes.find(delivery->box);
  if (box == nullptr) return;
  Step step = next(*delivery, receipt, delivery->rules, box->now());
  if (auto* const on = std::get_if<webhook::Send>(&step)) {  // every hop is asked about anew
    ++delivery->followed;
    delivery->post = std::move(on->post);
    return send(delivery);
  }
  delivery->flight.reset();
  if (const auto late = std::exchange(delivery->late, std::nullopt))
    delivery->headers.add(late->name, receipt.late.empty() ? late->value() : receipt.late);
  Attempt& attempt = delivery->attempts.back();
  attempt.status = receipt.status;
  attempt.error = fault_of(*delivery, receipt);
  attempt.took = std::chrono::duration_cast<Millis>(receipt.took);
  attempt.reply = valid_utf8(receipt.body);
  attempt.over = true;
  delivery->place.give_back(receipt.took);
  delivery->voice->attempted(*box, *delivery, delivery->post, receipt, attempt.at);
  follow(*box, delivery, step);
  let_held_go(*box, *delivery);
  delivery->completion = {};
  ripen(delivery->box);
  tell_settled(delivery->box);
}

// Does what follows from an attempt that is over.
void Courier::follow(Sandbox& box, const DeliveryPtr& delivery, const Step& step) {
  const auto* const over = std::get_if<End>(&step);
  if (!delivery->by_hand && (over == nullptr || over->state == State::kFailed)) ++delivery->tried;
  if (over != nullptr) return end(delivery, over->state, over->reason);
  books_[delivery->box].move(delivery, Stage::kScheduled);
  put(box, delivery, std::get<WaitUntil>(step).at);
  const std::string id = delivery->id();
  box.feed.tell({Happening::Kind::kWebhook, box.now(), nullptr, id, to_string(State::kPending)});
}

// Deliveries held back go out now that a later one has.
void Courier::let_held_go(Sandbox& box, const Delivery& after) {
  Book& book = books_[after.box];
  for (const DeliveryPtr& held : book.held_before(after.number)) {
    book.move(held, Stage::kScheduled);
    put(box, held, box.now());
  }
}

}  // namespace emulator::webhook
