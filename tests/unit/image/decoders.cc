#include "tests/unit/image/decoders.h"

#include <jpeglib.h>
#include <png.h>
#include <webp/decode.h>
#include <webp/demux.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <stdexcept>

namespace emulator::image {
namespace {

const unsigned char* bytes_of(std::string_view file) {
  return reinterpret_cast<const unsigned char*>(file.data());
}

void refuse_jpeg(j_common_ptr info) {
  char text[JMSG_LENGTH_MAX];
  info->err->format_message(info, text);
  throw std::runtime_error(text);
}

void refuse_jpeg_warning(j_common_ptr info, int level) {
  if (level < 0) refuse_jpeg(info);
}

void read_jpeg_markers(const jpeg_decompress_struct& info, Decoded& out) {
  for (const jpeg_marker_struct* at = info.marker_list; at != nullptr; at = at->next) {
    const std::string data(reinterpret_cast<const char*>(at->data), at->data_length);
    if (at->marker == JPEG_COM) out.text += data;
    if (at->marker == JPEG_APP0 + 1) out.exif = data.substr(std::strlen("Exif") + 2);
  }
}

Decoded decode_jpeg(std::string_view file) {
  jpeg_error_mgr errors;
  jpeg_decompress_struct info;
  info.err = jpeg_std_error(&errors);
  errors.error_exit = refuse_jpeg;
  errors.emit_message = refuse_jpeg_warning;
  jpeg_create_decompress(&info);
  const std::unique_ptr<jpeg_decompress_struct, void (*)(jpeg_decompress_struct*)> owner(
      &info, jpeg_destroy_decompress);
  jpeg_mem_src(&info, bytes_of(file), file.size());
  jpeg_save_markers(&info, JPEG_COM, 0xFFFF);
  jpeg_save_markers(&info, JPEG_APP0 + 1, 0xFFFF);
  jpeg_read_header(&info, TRUE);
  info.out_color_space = JCS_RGB;
  jpeg_start_decompress(&info);
  Decoded out;
  out.width = static_cast<int>(info.output_width);
  out.height = static_cast<int>(info.output_height);
  read_jpeg_markers(info, out);
  const std::size_t stride = std::size_t{info.output_width} * 3;
  out.rgb.resize(stride * info.output_height);
  while (info.output_scanline < info.output_height) {
    auto* line = reinterpret_cast<JSAMPROW>(out.rgb.data() + info.output_scanline * stride);
    jpeg_read_scanlines(&info, &line, 1);
  }
  jpeg_finish_decompress(&info);
  return out;
}

[[noreturn]] void refuse_png(png_structp, png_const_charp text) { throw std::runtime_error(text); }

void read_png(png_structp png, png_bytep to, std::size_t count) {
  auto* const rest = static_cast<std::string_view*>(png_get_io_ptr(png));
  if (rest->size() < count) throw std::runtime_error("the PNG ends early");
  std::memcpy(to, rest->data(), count);
  rest->remove_prefix(count);
}

// The reader of one PNG file.
struct PngReader {
  explicit PngReader(std::string_view file) : rest(file) {
    png = png_create_read_struct(PNG_LIBPNG_VER_STRING, nullptr, refuse_png, refuse_png);
    info = png_create_info_struct(png);
    png_set_read_fn(png, &rest, read_png);
    png_set_user_limits(png, 0x7FFFFFFF, 0x7FFFFFFF);
    png_read_info(png, info);
  }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;
  ~PngReader() { png_destroy_read_struct(&png, &info, nullptr); }

  std::string_view rest;
  png_structp png = nullptr;
  png_infop info = nullptr;
};

void read_png_texts(const PngReader& reader, Decoded& out) {
  png_textp texts = nullptr;
  const int count = png_get_text(reader.png, reader.info, &texts, nullptr);
  for (int i = 0; i < count; ++i) {
    if (std::string_view(texts[i].key) != "Description") continue;
    const bool international = texts[i].compression == PNG_ITXT_COMPRESSION_NONE;
    out.text_kind = international ? "iTXt" : "tEXt";
    out.text.assign(texts[i].text, international ? texts[i].itxt_length : texts[i].text_length);
  }
  png_uint_32 exif_size = 0;
  png_bytep exif = nullptr;
  if (png_get_eXIf_1(reader.png, reader.info, &exif_size, &exif) != 0) {
    out.exif.assign(reinterpret_cast<const char*>(exif), exif_size);
  }
}

Decoded decode_png(std::string_view file) {
  const PngReader reader(file);
  Decoded out;
  out.width = static_cast<int>(png_get_image_width(reader.png, reader.info));
  out.height = static_cast<int>(png_get_image_height(reader.png, reader.info));
  png_set_gray_to_rgb(reader.png);
  png_set_expand(reader.png);
  png_read_update_info(reader.png, reader.info);
  const std::size_t stride = static_cast<std::size_t>(out.width) * 3;
  if (png_get_rowbytes(reader.png, reader.info) != stride) throw std::runtime_error("not RGB");
  out.rgb.resize(stride * static_cast<std::size_t>(out.height));
  for (std::size_t y = 0; y < static_cast<std::size_t>(out.height); ++y) {
    png_read_row(reader.png, reinterpret_cast<png_bytep>(out.rgb.data() + y * stride), nullptr);
  }
  png_read_end(reader.png, nullptr);
  read_png_texts(reader, out);
  if (!reader.rest.empty()) throw std::runtime_error("bytes behind the PNG");
  return out;
}

std::string webp_chunk(const WebPDemuxer* demuxer, const char* type) {
  WebPChunkIterator chunk;
  std::string data;
  if (WebPDemuxGetChunk(demuxer, type, 1, &chunk) != 0) {
    data.assign(reinterpret_cast<const char*>(chunk.chunk.bytes), chunk.chunk.size);
  }
  WebPDemuxReleaseChunkIterator(&chunk);
  return data;
}

Decoded decode_webp(std::string_view file) {
  Decoded out;
  const std::unique_ptr<std::uint8_t, decltype(&WebPFree)> pixels(
      WebPDecodeRGB(bytes_of(file), file.size(), &out.width, &out.height), WebPFree);
  if (pixels == nullptr) throw std::runtime_error("not a WebP that libwebp reads");
  out.rgb.assign(reinterpret_cast<const char*>(pixels.get()),
                 static_cast<std::size_t>(out.width) * static_cast<std::size_t>(out.height) * 3);
  const WebPData data{bytes_of(file), file.size()};
  const std::unique_ptr<WebPDemuxer, decltype(&WebPDemuxDelete)> demuxer(WebPDemux(&data),
                                                                         WebPDemuxDelete);
  if (demuxer == nullptr) throw std::runtime_error("not a WebP container");
  const std::uint32_t flags = WebPDemuxGetI(demuxer.get(), WEBP_FF_FORMAT_FLAGS);
  if ((flags & XMP_FLAG) != 0) out.text = webp_chunk(demuxer.get(), "XMP ");
  if ((flags & EXIF_FLAG) != 0) out.exif = webp_chunk(demuxer.get(), "EXIF");
  return out;
}

}  // namespace

Rgb Decoded::at(int x, int y) const {
  const std::size_t place = (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                             static_cast<std::size_t>(x)) *
                            3;
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(rgb[place + i]); };
  return {byte(0), byte(1), byte(2)};
}

Decoded decode(std::string_view file) {
  const std::string_view type = sniffed_type(file);
  if (type == "image/jpeg") return decode_jpeg(file);
  if (type == "image/png") return decode_png(file);
  if (type == "image/webp") return decode_webp(file);
  throw std::runtime_error("not a picture");
}

Claim png_claim(std::string_view file) {
  const PngReader reader(file);
  return {png_get_image_width(reader.png, reader.info),
          png_get_image_height(reader.png, reader.info)};
}

Picture lighthouse(int width, int height, Format format) {
  Picture picture;
  picture.width = width;
  picture.height = height;
  picture.format = format;
  picture.model = "flux-pro-1.1";
  picture.seed = 42;
  picture.prompt = "A lighthouse at dusk, long exposure, dramatic clouds";
  return picture;
}

}  // namespace emulator::image
