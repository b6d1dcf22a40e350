/* Names in cache/ of what is not a whole file yet. */

#ifndef EP_SOURCE_PART_H
#define EP_SOURCE_PART_H

/* The SHA-256 that it shall have follows, so that a file that two levels
 * share is fetched once. */
#define EP_PART_PREFIX ".fetch-"

#endif
