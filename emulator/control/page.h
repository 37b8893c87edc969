#pragma once

#include <optional>
#include <string>

#include "emulator/http/message.h"

// The page for people: plain files that are built in, without a build step of their own. It is
// served to a browser that opens it in a window, asks the control API for everything else, and
// fetches nothing from anywhere else.
namespace emulator::control {

struct Page {
  enum class Mode { kOn, kReadOnly, kOff };
  Mode mode = Mode::kOn;
  // What it shows the control API as `x-emulator-page`; it stands in the page and nowhere else.
  std::string key = "";
  std::string version = "";
};

// "on", "read-only", "off" as the mode; nullopt for any other word.
std::optional<Page::Mode> page_mode(std::string_view word);

// A browser that was given our bare address, by a name of this machine that is no provider's.
bool at_front_door(const http::Request& request);
// The way from there to the page.
http::Reply show_in();

// The answer to a request for the page or one of its files; nullopt for every other request.
// Whoever asks has been looked at for the name it came by (access.h), and for nothing else.
std::optional<http::Reply> page_reply(const Page& page, const http::Request& request);

}  // namespace emulator::control
