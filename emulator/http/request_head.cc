#include "emulator/http/request_head.h"

namespace emulator::http {

std::string request_head(const Post& post, const std::string& late) {
  std::string host = post.host;
  if (post.port != (post.secure ? 443 : 80)) host += ":" + std::to_string(post.port);
  // A proxy that is asked for no tunnel is sent the request itself.
  const bool to_proxy = post.via && !post.secure;
  std::string out = post.method + " " + (to_proxy ? "http://" + host : "") + post.target +
                    " HTTP/1.1\r\nhost: " + host + "\r\n";
  if (to_proxy && !post.via->authorization.empty())
    out += "proxy-authorization: " + post.via->authorization + "\r\n";
  for (const auto& [name, value] : post.headers)
    out.append(name).append(": ").append(value) += "\r\n";
  if (post.late) out.append(post.late->name).append(": ").append(late) += "\r\n";
  const bool asks = post.method == "GET" || post.method == "HEAD";
  const std::size_t size = post.body ? post.body->size() : 0;
  if (size > 0 || !asks) out += "content-length: " + std::to_string(size) + "\r\n";
  return out + "connection: close\r\n\r\n";
}

}  // namespace emulator::http
