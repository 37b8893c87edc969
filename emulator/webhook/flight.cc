// Attempts: a place in the pool, the request, and what follows from the receiver's answer.
#include <algorithm>
#include <exception>
#include <utility>

#include "emulator/base/text.h"
#include "emulator/webhook/courier.h"
#include "emulator/webhook/policy.h"

namespace emulator::webhook {
namespace {

constexpr std::size_t kMostAttempts = 100;  // kept of one record
// How much older `old_timestamp` makes a message; every provider's receivers are told to refuse
// what is more than five minutes old.
constexpr Duration kOlder = std::chrono::minutes(10);
// How many acknowledgements `forced_retries` takes as lost.
constexpr std::size_t kForced = 2;
// About how long `slow_body` takes, in seconds of the wall.
constexpr std::size_t kSlowSeconds = 2;
constexpr std::size_t kSlowest = 64;  // bytes a second

bool good(unsigned status) { return status >= 200 && status < 300; }

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

std::string outcome(const Attempt& attempt) {
  return attempt.error.empty() ? "status " + std::to_string(attempt.status) : attempt.error;
}

// What becomes of an attempt that is not made.
http::Receipt unsent(std::string why) {
  http::Receipt out;
  out.refused = true;
  out.error = std::move(why);
  return out;
}

void aim(http::Post& post, const Url& url) {
  post.secure = url.secure;
  post.host = url.host;
  post.port = url.port;
  post.target = url.target;
}

}  // namespace

std::string changed(std::string body) {
  const auto digit = body.find_last_of("0123456789");
  if (digit == std::string::npos) return body + " ";
  body[digit] = static_cast<char>('0' + (body[digit] - '0' + 1) % 10);
  return body;
}

void Courier::launch(const DeliveryPtr& delivery, std::function<void()> finished) {
  launch_from(delivery, std::move(finished), {});
}

// Begins an attempt, from `place` if there is one already.
void Courier::launch_from(const DeliveryPtr& delivery, std::function<void()> finished,
                          Place place) {
  Sandbox* const box = parts_.sandboxes.find(delivery->box);
  Book& book = books_[delivery->box];
  std::erase(book.held, delivery);
  delivery->reason.clear();
  delivery->open = delivery->queued = true;
  ++book.open;
  // While a clock is moved, one slow receiver must not hold it for good.
  if (finished && box != nullptr && box->moving) finished = at_most(kSettle, std::move(finished));
  if (finished) delivery->waiters.push_back(std::move(finished));
  if (place) return fly(delivery, std::move(place));
  // Scripted duplicates are there to meet each other at the receiver.
  enter(delivery->box, delivery->copy_of || moving(delivery->box),
        [this, name = delivery->box, weak = std::weak_ptr(delivery)](Place given) {
          const auto mine = books_.find(name);
          const DeliveryPtr next = weak.lock();
          // It may have been forgotten meanwhile, with everything else of its sandbox.
          if (next && mine != books_.end() && mine->second.all.contains(next->number))
            fly(next, std::move(given));
        });
}

void Courier::fly(const DeliveryPtr& delivery, Place place) {
  Sandbox* const box = parts_.sandboxes.find(delivery->box);
  if (box == nullptr) return;
  const scenario::WebhookTrouble& trouble = delivery->trouble;
  const Duration older = trouble.old_timestamp ? kOlder : Duration::zero();
  delivery->queued = false;
  delivery->followed = 0;
  Sealed sealed;
  std::string fault;
  try {
    sealed = delivery->voice->seal({*box, *delivery->ask, delivery->task, delivery->event,
                                    delivery->worded, *delivery->happened - older,
                                    box->now() - older, trouble.bad_signature, trouble.wrong_key});
  } catch (const std::exception& error) {  // values of a user's contract that make no sense
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

  http::Post& post = delivery->post = {};
  aim(post, *delivery->target);
  post.headers = delivery->headers;
  if (!delivery->target->credentials.empty())
    post.headers.add("authorization", "Basic " + base64(delivery->target->credentials));
  post.late = delivery->late;
  post.body = delivery->body;
  const auto& limits = delivery->rules.time_limits;
  post.time_limit = limits[std::min(delivery->tried, limits.size() - 1)];
  if (const std::string& page = delivery->ask->page; !page.empty())
    post.barred = [page](const http::Address& address) { return barred_for_page(page, address); };
  if (trouble.slow_body) post.pace = std::max(post.body->size() / kSlowSeconds, kSlowest);
  delivery->spoiled = spoiled_how(trouble);
  place.keep();
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
        take_turn(name, [this, weak, held] {
          // Without a flight it was broken off meanwhile.
          const DeliveryPtr back = weak.lock();
          if (back && back->flight) landed(back, std::move(*held));
        });
      });
}

// Sends on to where the answer points, if the provider follows. Every hop is asked about anew.
bool Courier::redirect(const DeliveryPtr& delivery, const http::Receipt& receipt) {
  const auto location = receipt.headers.get("location");
  if (receipt.status < 300 || receipt.status > 399 || !location || !receipt.error.empty() ||
      delivery->followed >= delivery->rules.redirects)
    return false;
  Url from;
  from.secure = delivery->post.secure;
  from.host = delivery->post.host;
  from.port = delivery->post.port;
  from.target = delivery->post.target;
  const auto to = redirected(from, *location);
  if (!to) return false;
  ++delivery->followed;
  if (to->host != from.host) delivery->post.headers.remove("authorization");
  aim(delivery->post, *to);
  // As browsers and HTTP libraries do: only 307 and 308 keep method and body.
  if (receipt.status != 307 && receipt.status != 308) {
    delivery->post.method = "GET";
    delivery->post.body = nullptr;
  }
  send(delivery);
  return true;
}

void Courier::landed(const DeliveryPtr& delivery, http::Receipt receipt) {
  if (redirect(delivery, receipt)) return;
  delivery->flight.reset();
  if (const auto late = std::exchange(delivery->late, std::nullopt))
    delivery->headers.add(late->name, receipt.late.empty() ? late->value() : receipt.late);
  Attempt& attempt = delivery->attempts.back();
  attempt.status = receipt.status;
  attempt.error = receipt.error;
  attempt.took = std::chrono::duration_cast<Millis>(receipt.took);
  attempt.reply = valid_utf8(receipt.body);
  attempt.over = true;
  pool_.left(delivery->box, receipt.took);
  if (Sandbox* const box = parts_.sandboxes.find(delivery->box)) judge(*box, delivery, receipt);
  close(delivery);
}

void Courier::judge(Sandbox& box, const DeliveryPtr& delivery, const http::Receipt& receipt) {
  Attempt& attempt = delivery->attempts.back();
  const Rules& rules = delivery->rules;
  if (delivery->trouble.forced_retries && delivery->tried < kForced && good(receipt.status) &&
      attempt.error.empty())
    attempt.error = "the acknowledgement is taken as lost (forced_retries)";
  delivery->voice->attempted(box, *delivery, delivery->post, receipt, attempt.at);
  if (receipt.refused) return end(delivery, State::kRefused, receipt.error);
  if (good(receipt.status) && attempt.error.empty()) return end(delivery, State::kDelivered, "");

  const std::size_t tried = delivery->by_hand ? rules.waits.size() + 1 : ++delivery->tried;
  const bool settled =
      attempt.error.empty() &&
      std::any_of(rules.settled.begin(), rules.settled.end(), [&](const auto& range) {
        return receipt.status >= range.first && receipt.status <= range.second;
      });
  if (settled) return end(delivery, State::kFailed, outcome(attempt) + " is not tried again");
  if (tried > rules.waits.size())
    return end(delivery, State::kFailed, "given up, the last attempt with: " + outcome(attempt));
  put(box, delivery, box.now() + rules.waits[tried - 1], &Courier::launch);
  const std::string id = delivery->id();
  box.feed.tell({Happening::Kind::kWebhook, box.now(), nullptr, id, word(State::kPending)});
}

// Those held back go out now that a later one has.
void Courier::let_held_go(Sandbox& box, Book& book, const Delivery& after) {
  if (book.held.empty()) return;
  std::vector<DeliveryPtr> gone;
  for (const DeliveryPtr& held : book.held)
    if (held->number < after.number) gone.push_back(held);
  for (const DeliveryPtr& held : gone) {
    std::erase(book.held, held);
    put(box, held, box.now(), &Courier::launch);
  }
}

void Courier::close(const DeliveryPtr& delivery) {
  Book& book = books_[delivery->box];
  delivery->open = delivery->queued = false;
  --book.open;
  if (Sandbox* const box = parts_.sandboxes.find(delivery->box)) let_held_go(*box, book, *delivery);
  for (const auto& waiter : std::exchange(delivery->waiters, {})) waiter();
  ripen(delivery->box);
  tell_settled(delivery->box);
}

}  // namespace emulator::webhook
