// The providers' signatures against test vectors, byte for byte.
#include <doctest.h>

#include <array>

#include "emulator/base/crypto.h"
#include "emulator/base/json_text.h"
#include "emulator/base/text.h"
#include "emulator/providers/apiframe/submission.h"
#include "emulator/providers/apiframe/webhook.h"
#include "emulator/providers/fal/webhook.h"
#include "emulator/providers/wavespeed/webhook.h"

namespace emulator {
namespace {

fal::KeySeed counting_seed() {
  fal::KeySeed seed{};
  for (std::size_t i = 0; i < seed.size(); ++i) seed[i] = static_cast<unsigned char>(i);
  return seed;
}

std::string from_hex(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    out += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return out;
}

TEST_CASE("fal: the vectors for a good and a failed request") {
  const std::string id = "019f0000-0000-7000-8000-000000000001";
  const Json image = {{"content_type", "image/jpeg"},
                      {"height", 1536},
                      {"url",
                       "https://v3b.fal.media/files/b/0aa27b79/"
                       "AAAAAAAAAAAAAAAAAAAAA_00000000000000000000000000000000.jpg"},
                      {"width", 2752}};
  Json good = {
      {"status", "OK"}, {"request_id", id}, {"gateway_request_id", id}, {"error", nullptr}};
  good["payload"] = {{"images", Json::array({image})},
                     {"timings", Json::object()},
                     {"seed", 42},
                     {"has_nsfw_concepts", {false}},
                     {"prompt", "a red apple"}};
  const std::string body = sorted_python_json(good);
  CHECK(body.size() == 425);
  CHECK(to_hex(sha256(body)) == "4dac250d7aab6dd6a84f8d7a2d97aedf11f3b9a95c6698bb2e6246510c9a568c");
  CHECK(
      fal::webhook_signature(counting_seed(), id, "github|1000001", 1'790'000'000, body) ==
      "6ed8f60eb429fb832616e7dcdce6fe3f71b2a5a3e95eabb179c0e0007ba14ddd4fc1f3dfd8d303f71fcd195e6cd5"
      "55fed0c73ee22828e5527d6aea47232c3c0a");

  Json failed = {{"status", "ERROR"},
                 {"request_id", id},
                 {"gateway_request_id", id},
                 {"error", "Invalid status code: 422"}};
  failed["payload"]["detail"] = Json::array({{{"type", "less_than_equal"},
                                              {"loc", {"body", "num_images"}},
                                              {"msg", "Input should be less than or equal to 4"},
                                              {"input", 9},
                                              {"ctx", {{"le", 4}}}}});
  const std::string second = sorted_python_json(failed);
  CHECK(second.size() == 337);
  CHECK(
      fal::webhook_signature(counting_seed(), id, "github|1000001", 1'790'000'000, second) ==
      "e7d222c736b9ec616b549d18737ff0c12b21e97605c0d940bda80bd1b6fba3a81da9270d20c0d3893578fba1c52f"
      "ec12e3417648e48caf962b6c8f5cc3688700");
}

// A webhook that fal sent on 2026-07-16 and the key set of that day (README.md, source 10).
TEST_CASE("fal: a recorded webhook verifies with the recorded key") {
  const std::string id = "019f6af7-3088-7f03-b97d-84fec4a3ce12";
  const std::string body =
      R"({"error": null, "gateway_request_id": ")" + id +
      R"(", "payload": {"has_nsfw_concepts": [false], "images": [{"content_type": "image/png", "file_name": "OsiM012ybgyaMyimaZtHJ_UJCN47Sp.png", "file_size": null, "height": 1024, "url": "https://v3b.fal.media/files/b/0aa27b79/OsiM012ybgyaMyimaZtHJ_UJCN47Sp.png", "width": 1024}], "prompt": "a red apple on a white table, clean product photography, soft light", "seed": 427063521, "timings": {"inference": 1.3716533930000878}}, "request_id": ")" +
      id + R"(", "status": "OK"})";
  CHECK(body.size() == 564);
  // Decoded and worded by us, it is the same bytes again.
  CHECK(sorted_python_json(*decode_json(body)) == body);
  const std::string digest = to_hex(sha256(body));
  CHECK(digest == "c3910724ffee8ec7e53709f6e4a70a75af9eee52b117626af0c42a14ffbe09b6");
  const std::string text = id + "\ngithub|179462\n1784206014\n" + digest;
  const std::string signature = from_hex(
      "7fea10d1dceca3517f08d4ceca8d12a674c38ac759f356d18a23832c5005c94aececff738eff54b613f3dd4eb92e"
      "4a"
      "1a6b27e14b3875972313ded9077e9d3804");
  const std::string first = *from_base64("Cghs6Ge6h5B3_vMIurJPYmN23Yk-VcTk-juiIEQ6zuY=");
  const std::string second = *from_base64("TZE-E0LB1iT29Ai1LbAh9bam1YQJkK7fEGWAmmkRm_I=");
  CHECK(ed25519_verify(first, text, signature));
  CHECK_FALSE(ed25519_verify(second, text, signature));
}

TEST_CASE("WaveSpeed: the key is the text of the secret without its mark") {
  CHECK(
      wavespeed::webhook_signature(
          "whsec_e9EE3BdyXSxcB4ZyZUKjQUEoQX4sF9P1+eMpb/KluCM=", "45b392b22c3b449fa935bd4dc2219dfe",
          "1758798328", R"({"id":"45b392b22c3b449fa935bd4dc2219dfe","status":"completed"})") ==
      "v3,29d9015fea7411cbc06f7e9d6b7d6eec2006215b0348f29d18bcc06eb001d734");
}

TEST_CASE("Apiframe: the key is the digest of the API key, raw or in digits") {
  const std::string secret = apiframe::webhook_secret("afk_" + std::string(40, '0'));
  CHECK(secret == "382a5d4e99097be0aae13d079c926456aecf0f08d668a01a0da17badbfcf7ccb");
  const std::string body =
      R"({"event":"completed","jobId":"a1b2c3d4-e5f6-7890-abcd-ef1234567890"})";
  CHECK(apiframe::webhook_signature(secret, "raw", body) ==
        "sha256=f424d739a015669d2b76f5c0c76579d1e13c13e774c4309b5565c55c6be474c8");
  CHECK(apiframe::webhook_signature(secret, "hex", body) ==
        "sha256=c4b886476f71829a74f8385990adf207497198b3e32e97c38aad6935d55d3a11");
  CHECK(apiframe::webhook_signature(secret, "none", body) == "");
}

TEST_CASE("signatures of several keys in turn are those of each key alone") {
  std::array<std::array<unsigned char, 32>, 3> seeds{};
  for (std::size_t i = 0; i < seeds.size(); ++i) seeds[i].fill(static_cast<unsigned char>(i + 1));
  for (int round = 0; round < 3; ++round)
    for (const auto& seed : seeds)
      for (const char* text : {"", "a", "another"}) {
        const std::string signature = ed25519_sign(seed, text);
        CHECK(signature.size() == 64);
        for (const auto& other : seeds)
          CHECK(ed25519_verify(ed25519_public(other), text, signature) == (&other == &seed));
      }
}

TEST_CASE("hex is read back") {
  CHECK(bytes_of_hex(to_hex(std::string_view("\0\x7f\xff", 3))) ==
        std::string_view("\0\x7f\xff", 3));
  CHECK(bytes_of_hex("AbC") == "\xab");
}

}  // namespace
}  // namespace emulator
