/* Decoders of what travels in URLs and headers. Input is hostile; output
 * never exceeds the room that is stated. */

#ifndef EP_BASE_DECODE_H
#define EP_BASE_DECODE_H

#include <eportal/str.h>

/* Undo percent-encoding; "%zz" stays as it is. plus: '+' is a space, as in
 * forms. out has room for in.n bytes; returns the bytes written. */
size_t ep_percent_decode(ep_str_t in, bool plus, char *out);

/* Base64 in the standard and in the URL alphabet, with or without padding;
 * white space is skipped (Ruby's encode64 breaks lines). out has room for
 * in.n bytes. False when it is not base64. */
bool ep_base64_decode(ep_str_t in, char *out, size_t *n);

/* Hexadecimal digits of either case, an even number and at least two. out
 * has room for in.n / 2 bytes. False when it is not. */
bool ep_hex_decode(ep_str_t in, char *out, size_t *n);

/* A code point as UTF-8; surrogates and values beyond Unicode become U+FFFD.
 * Returns its length, 1 to 4. */
size_t ep_utf8_put(uint32_t code, char out[4]);

/* The longest prefix of s that is at most max bytes and does not cut a
 * UTF-8 sequence in two. */
ep_str_t ep_utf8_cut(ep_str_t s, size_t max);

/* Make text of s in place: control characters become spaces, bytes that are
 * not UTF-8 become '?'. The length stays. */
void ep_utf8_clean(char *s, size_t n);

#endif
