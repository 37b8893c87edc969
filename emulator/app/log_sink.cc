#include "emulator/app/log_sink.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>

#include "emulator/base/text.h"
#include "emulator/os/os.h"

namespace emulator {
namespace {

std::size_t lines_in(std::string_view text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

bool takes_some(int fd, int wait_ms) {
  pollfd asked{fd, POLLOUT, 0};
  return ::poll(&asked, 1, wait_ms) > 0;
}

bool is_shown(char32_t value) {
  if (value < 0x20) return value == '\n' || value == '\t';
  if (value >= 0x7f && value < 0xa0) return false;
  const bool marks = value == 0x61c || (value >= 0x200e && value <= 0x200f);
  const bool breaks = value >= 0x2028 && value <= 0x202e;  // line and paragraph ends, overrides
  const bool isolates = value >= 0x2066 && value <= 0x2069;
  return !marks && !breaks && !isolates && value != 0xfeff;
}

}  // namespace

LogSink::LogSink(int fd, std::size_t kept) : fd_(fd), most_(kept) {
  struct stat about {};
  if (::fstat(fd, &about) != 0) return;
  if (S_ISSOCK(about.st_mode)) {
    how_ = How::kSocket;
  } else if (S_ISFIFO(about.st_mode) || S_ISCHR(about.st_mode)) {
    // Setting O_NONBLOCK on the descriptor itself would set it for every process that shares it,
    // the shell we were started from among them.
    own_ = os::open_again(fd);
    how_ = own_ >= 0 ? How::kOwn : How::kPolled;
  }
}

LogSink::~LogSink() {
  if (own_ >= 0) ::close(own_);
}

// How many bytes were taken.
std::size_t LogSink::put(std::string_view bytes) {
  std::size_t done = 0;
  while (done < bytes.size() && !gone_) {
    const char* const from = bytes.data() + done;
    std::size_t size = bytes.size() - done;
    ssize_t put = 0;
    if (how_ == How::kSocket) {
      put = os::send_now(fd_, from, size);
    } else if (how_ == How::kPolled) {
      // A pipe that takes anything takes this much without blocking.
      if (!takes_some(fd_, 0)) break;
      size = std::min<std::size_t>(size, PIPE_BUF);
      put = ::write(fd_, from, size);
    } else {
      put = ::write(how_ == How::kOwn ? own_ : fd_, from, size);
    }
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    // Closed by its reader, or a full disk: serving goes on without a log.
    if (put <= 0) {
      gone_ = errno == EPIPE || errno == EBADF;
      dropped_ += lines_in(bytes.substr(done));
      return bytes.size();
    }
    done += static_cast<std::size_t>(put);
  }
  return gone_ ? bytes.size() : done;
}

bool LogSink::send_kept() {
  if (!kept_.empty()) kept_.erase(0, put(kept_));
  if (!kept_.empty()) return false;
  if (untold_ > 0) {
    kept_ = std::to_string(untold_) +
            " lines of this log were dropped: nobody read it and it must not hold up the server\n";
    untold_ = 0;
    kept_.erase(0, put(kept_));
  }
  return kept_.empty();
}

void LogSink::keep(std::string_view lines) {
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size() - 1) + 1;
    // None may slip in before it was said that others were dropped.
    if (untold_ > 0 || kept_.size() + end > most_) {
      dropped_ += lines_in(lines);
      untold_ += lines_in(lines);
      return;
    }
    kept_ += lines.substr(0, end);
    lines.remove_prefix(end);
  }
}

void LogSink::write(std::string_view lines) {
  const std::lock_guard lock(mutex_);
  if (send_kept()) lines.remove_prefix(put(lines));
  keep(lines);
}

bool LogSink::flush() {
  const std::lock_guard lock(mutex_);
  return send_kept();
}

void LogSink::finish(Millis most) {
  const auto until = std::chrono::steady_clock::now() + most;
  while (!flush()) {
    const auto left =
        std::chrono::duration_cast<Millis>(until - std::chrono::steady_clock::now()).count();
    if (left <= 0 || !takes_some(fd_, static_cast<int>(left))) return;
  }
}

std::uint64_t LogSink::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

std::string printable(std::string text) {
  const auto plain = [](char c) { return (c >= 0x20 && c < 0x7f) || c == '\n' || c == '\t'; };
  std::size_t at = 0;
  while (at < text.size() && plain(text[at])) ++at;
  if (at == text.size()) return text;
  std::string out = text.substr(0, at);
  while (at < text.size()) {
    const CodePoint point = code_point_at(text, at);
    if (!point.valid || point.is_surrogate()) {
      append_utf8(out, 0xfffd);
    } else if (is_shown(point.value)) {
      out.append(text, at, point.bytes);
    } else {
      constexpr std::string_view kDigits = "0123456789abcdef";
      out += "\\u";
      for (int shift = 12; shift >= 0; shift -= 4) out += kDigits[(point.value >> shift) & 15];
    }
    at += point.bytes;
  }
  return out;
}

}  // namespace emulator
