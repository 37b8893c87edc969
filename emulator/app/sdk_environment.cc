#include "emulator/app/sdk_environment.h"

namespace emulator {
namespace {

// A key as fal has them: `id:secret`.
std::string with_secret(const std::string& key) {
  return key.find(':') == std::string::npos ? key + ":secret" : key;
}

}  // namespace

// Sources, read 2026-10: litellm (BFL_API_BASE, FAL_AI_*), @ai-sdk/black-forest-labs and
// @ai-sdk/fal (keys), @fal-ai/client and fal_client (FAL_KEY, FAL_KEY_ID, FAL_KEY_SECRET),
// wavespeed for Node.js and Python (keys), @wavespeed/mcp and the Java SDK (WAVESPEED_BASE_URL),
// the Apiframe SDK's smoke test, vtrix-cli and seacloud-cli.
std::vector<Variable> sdk_environment(const Place& place) {
  const std::string& url = place.url;
  const std::string fal_key = with_secret(place.key);
  const std::string id = fal_key.substr(0, fal_key.find(':'));
  std::vector<Variable> out = {
      {"EMULATOR_URL", url},
      {"EMULATOR_CONTROL_URL", url + "/_emulator"},
      {"EMULATOR_SANDBOX", id},
      {"EMULATOR_SANDBOX_URL", url + "/_emulator/sandboxes/" + id},
      {"EMULATOR_BFL_URL", url + "/bfl"},
      {"EMULATOR_FAL_URL", url + "/fal"},
      {"EMULATOR_FAL_PROXY_URL", url + "/fal/proxy"},
      {"EMULATOR_WAVESPEED_URL", url + "/wavespeed"},
      {"EMULATOR_APIFRAME_URL", url + "/apiframe"},
      {"EMULATOR_VTRIX_URL", url + "/vtrix"},
      {"BFL_API_KEY", place.key},
      {"BLACK_FOREST_LABS_API_KEY", place.key},
      {"BFL_API_BASE", url + "/bfl"},
      {"FAL_KEY", fal_key},
      {"FAL_KEY_ID", id},
      {"FAL_KEY_SECRET", fal_key.substr(id.size() + 1)},
      {"FAL_API_KEY", fal_key},
      {"FAL_AI_API_KEY", fal_key},
      {"FAL_AI_API_BASE", url + "/fal.run"},
      {"FAL_AI_QUEUE_API_BASE", url + "/queue.fal.run"},
      {"WAVESPEED_API_KEY", place.key},
      {"WAVESPEED_BASE_URL", url},
      {"APIFRAME_API_KEY", place.key},
      {"APIFRAME_BASE_URL", url + "/apiframe"},
      {"VTRIX_BASE_URL", url + "/vtrix"},
      {"VTRIX_MODELS_URL", url + "/vtrix"},
      {"VTRIX_GENERATION_URL", url + "/vtrix"},
      {"VTRIX_NO_KEYCHAIN", "1"},
      {"SEACLOUD_MODELS_URL", url + "/vtrix"},
      {"SEACLOUD_GENERATION_URL", url + "/vtrix"},
  };
  if (!place.control_token.empty()) out.push_back({"EMULATOR_CONTROL_TOKEN", place.control_token});
  return out;
}

std::vector<std::string> sdk_hints() {
  return {
      "@ai-sdk/black-forest-labs: createBlackForestLabs({ baseURL: EMULATOR_BFL_URL + \"/v1\" })",
      "blackforest (Python): BFLClient(key, base_url=EMULATOR_BFL_URL)",
      "@fal-ai/client: config({ proxyUrl: { url: EMULATOR_FAL_PROXY_URL, when: \"always\" } })",
      "@ai-sdk/fal: createFal({ baseURL: EMULATOR_FAL_URL })",
      "fal_client (Python): fal_client.client.RUN_URL_FORMAT = EMULATOR_URL + \"/fal.run/\", "
      "QUEUE_URL_FORMAT = EMULATOR_URL + \"/queue.fal.run/\", "
      "REALTIME_URL_FORMAT = EMULATOR_URL.replace(\"http\", \"ws\", 1) + \"/fal.run/\", "
      "REST_URL = EMULATOR_URL + \"/rest.fal.ai\", CDN_URL = EMULATOR_URL + \"/v3.fal.media\"",
      "wavespeed (Node.js): new Client(key, { baseUrl: EMULATOR_URL })",
      "wavespeed (Python): Client(api_key=key, base_url=EMULATOR_URL)",
      "@wavespeed/cli: wavespeed config --base-url EMULATOR_URL",
      "@apiframe-ai/sdk: new Apiframe({ baseUrl: EMULATOR_APIFRAME_URL })",
      "apiframe-js: client.baseURL = EMULATOR_APIFRAME_URL",
      "litellm, BFL: follows only links to *.bfl.ai, so give it api_base http://api.bfl.ai:PORT "
      "and "
      "have that name resolve to this machine",
  };
}

std::string local_url(const std::string& host, std::uint16_t port) {
  std::string name = host;
  if (name == "0.0.0.0" || name.empty()) name = "127.0.0.1";
  if (name == "::" || name == "[::]") name = "::1";
  if (name.find(':') != std::string::npos && name.front() != '[') name = "[" + name + "]";
  return "http://" + name + ":" + std::to_string(port);
}

}  // namespace emulator
