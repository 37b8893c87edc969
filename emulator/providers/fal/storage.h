#pragma once

#include "emulator/pipeline/dialect.h"

// Uploads to fal's file store: links for browsers, tokens for Python, in one piece or in parts.
namespace emulator::fal {

// The routes upload_initiate and upload_multipart: a link to put the file to.
http::Reply begin_upload(const emulator::Dialect& dialect, const Call& call, Desk& desk);
http::Reply begin_parted_upload(const emulator::Dialect& dialect, const Call& call, Desk& desk);
// Tokens, for uploads and for connections to models.
http::Reply upload_token(const emulator::Dialect& dialect, const Call& call, Desk& desk);
http::Reply realtime_token(const emulator::Dialect& dialect, const Call& call, Desk& desk);
// At the store itself: a file to the place that was given out, a file with a key, one in parts.
http::Reply put_file(const emulator::Dialect& dialect, const Call& call, Desk& desk);
http::Reply upload_file(const emulator::Dialect& dialect, const Call& call, Desk& desk);
http::Reply begin_parts(const emulator::Dialect& dialect, const Call& call, Desk& desk);
http::Reply put_part(const emulator::Dialect& dialect, const Call& call, Desk& desk);
http::Reply complete_parts(const emulator::Dialect& dialect, const Call& call, Desk& desk);

}  // namespace emulator::fal
