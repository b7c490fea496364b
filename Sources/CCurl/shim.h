#include <curl/curl.h>

// Swift cannot call functions with a variable number of arguments.

static inline CURLcode bobbin_curl_string(CURL *handle, CURLoption option, const char *value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode bobbin_curl_number(CURL *handle, CURLoption option, long value) {
  return curl_easy_setopt(handle, option, value);
}

typedef size_t (*bobbin_curl_write)(const void *bytes, size_t size, size_t count, void *context);

static inline void bobbin_curl_receiver(CURL *handle, bobbin_curl_write write, void *context) {
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, write);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, context);
}

/// What the server says, or -1.
static inline long bobbin_curl_length(CURL *handle) {
  curl_off_t length = -1;
  curl_easy_getinfo(handle, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
  return (long)length;
}
