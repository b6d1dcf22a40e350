/* Names and bounds of what workers count: see ep_http_counters_t. */

#include "http/private.h"

const char *const ep_pool_names[EP_POOL_COUNT] = { "db", "auth", "net" };
const int64_t ep_commit_bounds[EP_COMMIT_BUCKETS] = { 1000,   5000,   10000,
                                                      50000,  100000, 500000,
                                                      1000000 };
