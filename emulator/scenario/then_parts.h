#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "emulator/scenario/reader.h"

// What each key of `then` takes: its reader, which notes every problem, and its piece of schema.
namespace emulator::scenario {

// `bfl has no "cancelled" ending; it has ...`, for a rule that names a provider.
void check_word(Reader& reader, const yaml::Node& node, std::string_view what,
                const std::vector<std::string> ProviderWords::*list);

void read_queue(Reader& reader, const yaml::Node& node, Then& then);
void read_run(Reader& reader, const yaml::Node& node, Then& then);
void read_links_live(Reader& reader, const yaml::Node& node, Then& then);
void read_polls(Reader& reader, const yaml::Node& node, Then& then);
void read_end(Reader& reader, const yaml::Node& node, Then& then);
void read_error(Reader& reader, const yaml::Node& node, Then& then);
void read_nsfw(Reader& reader, const yaml::Node& node, Then& then);
void read_links(Reader& reader, const yaml::Node& node, Then& then);
void read_refuse(Reader& reader, const yaml::Node& node, Then& then);
void read_retry_after(Reader& reader, const yaml::Node& node, Then& then);
void read_delay(Reader& reader, const yaml::Node& node, Then& then);
void read_reply(Reader& reader, const yaml::Node& node, Then& then);
void read_wire(Reader& reader, const yaml::Node& node, Then& then);
void read_image(Reader& reader, const yaml::Node& node, Then& then);
void read_webhook(Reader& reader, const yaml::Node& node, Then& then);

Json queue_schema();
Json run_schema();
Json polls_schema();
Json end_schema();
Json error_schema();
Json nsfw_schema();
Json links_schema();
Json refuse_schema();
Json reply_schema();
Json wire_schema();
Json image_schema();
Json webhook_schema();

}  // namespace emulator::scenario
