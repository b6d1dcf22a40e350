/*
 * Fuzz target: names of patchsets and of archives. A name that is taken has
 * an order with a date in it and reads the same again; one that is refused
 * leaves the caller's struct alone.
 */

#include <stdlib.h>

#include <eportal/patchset.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void
check(ep_rc_t rc, const ep_patchset_name_t *name, const ep_err_t *err)
{
    ep_patchset_name_t again;
    int64_t date = name->order / 1000000;

    if (rc != EP_OK) {
        if (name->order != -7 || err->rc != rc || err->msg[0] == '\0') {
            abort();
        }
        return;
    }
    if (date < 19900101 || date > 20991231
        || ep_product_info(name->product)->tree == NULL
        || ep_patchset_parse(ep_str(name->name), &again, NULL) != EP_OK
        || again.order != name->order || again.product != name->product)
    {
        abort();
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ep_str_t text = { (const char *) data, size };
    ep_patchset_name_t name = { .order = -7 };
    ep_err_t err = { 0 };
    ep_rc_t rc = ep_patchset_parse(text, &name, &err);

    check(rc, &name, &err);
    name = (ep_patchset_name_t){ .order = -7 };
    ep_err_clear(&err);
    rc = ep_patchset_parse_archive(text, &name, &err);
    check(rc, &name, &err);
    return 0;
}
