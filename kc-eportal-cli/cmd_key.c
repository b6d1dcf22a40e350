/* kc.eportal key: what a server shows to become known. */

#include <stdio.h>

#include <eportal/key.h>
#include <eportal/remove_key.h>

#include "cli.h"


enum {
    ADD,
    CHANGE,
    DELETE,
    NOTE,
    SERVER_LIMIT,
    FEED,
    PRODUCT,
    DEFAULT_PRODUCTS
};

static const option_t options[] = {
    [ADD] = { 'a', NULL, NULL, "action: add new key", false },
    [CHANGE] = { 'c', NULL, NULL, "action: change key", false },
    [DELETE] = { 'd', NULL, NULL, "action: delete key and its servers", false },
    [NOTE] = { '\0', "note", "NOTE", "key description", false },
    [SERVER_LIMIT] = { '\0', "server-limit", "SERVER_LIMIT",
                       "maximum number of servers allowed", true },
    [FEED] = { '\0', "feed", "FEED", "feed to associate key to", false },
    [PRODUCT] = { '\0', "product", "{kernel,libcare,qemu,tuxcare-esu,db}",
                  "product the key may use; repeat it for several", false },
    [DEFAULT_PRODUCTS] = { '\0', "default-products", NULL,
                           "back to the products of a key nobody chose for",
                           false },
};

static const column_t columns[] = { { "KEY", "key", COLUMN_TEXT },
                                    { "FEED", "feed", COLUMN_TEXT },
                                    { "SERVERS", "servers", COLUMN_NUMBER },
                                    { "LIMIT", "server_limit", COLUMN_NUMBER },
                                    { "PRODUCTS", "products", COLUMN_TEXT },
                                    { "CREATED", "created", COLUMN_TIME },
                                    { "NOTE", "note", COLUMN_TEXT } };


/* "kernel,libcare" of a mask. */
static void
format_products(unsigned products, char *out, size_t size)
{
    size_t n = 0;

    out[0] = '\0';
    for (int i = 0; i < EP_PRODUCT_COUNT && n < size; i++) {
        if (products & EP_PRODUCT_BIT(i)) {
            n += (size_t) snprintf(out + n, size - n, "%s%s", n > 0 ? "," : "",
                                   ep_product_info((ep_product_t) i)->key_name);
        }
    }
}


static ep_rc_t
add_row(const ep_key_t *key, void *ctx, ep_err_t *err)
{
    table_t *table = ctx;
    char products[64];

    format_products(key->products, products, sizeof(products));
    table_row(table);
    table_text(table, ep_str(key->key));
    table_text(table, ep_str(key->feed));
    table_number(table, key->servers);
    table_number(table, key->server_limit);
    table_text(table, ep_str(products));
    table_time(table, key->created);
    table_text(table, ep_str(key->note));
    return EP_OK;
}


static ep_rc_t
fill(cli_t *cli, ep_str_t name, table_t *table, ep_err_t *err)
{
    ep_key_t key;
    ep_rc_t rc;

    if (name.n == 0) {
        return ep_key_list(cli->portal, add_row, table, err);
    }
    rc = ep_key_find(cli->portal, name, &key, err);
    return rc == EP_OK ? add_row(&key, table, err) : rc;
}


static ep_rc_t
list(cli_t *cli, const args_t *args, ep_err_t *err)
{
    table_t *table;
    ep_rc_t rc;

    table = table_new("keys", columns, EP_ARRAY_LEN(columns), cli->json);
    if (table == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    rc = fill(cli, args_operand(args), table, err);
    if (rc == EP_OK && table_is_empty(table) && !cli->json) {
        cli_note("there are no keys yet: make one with `kc.eportal key -a`");
    }
    if (rc == EP_OK) {
        rc = table_print(table, err);
    }
    table_free(table);
    return rc;
}


/* The products of every --product. */
static unsigned
take_products(const args_t *args)
{
    unsigned products = 0;
    ep_product_t product;

    for (size_t i = 0; i < args->given_count; i++) {
        if (args->given[i].option == PRODUCT
            && ep_product_find(ep_str(args->given[i].value), &product))
        {
            products |= EP_PRODUCT_BIT(product);
        }
    }
    return products;
}


/* The values of the options into a row; *set gets what was given. */
static ep_rc_t
take_values(const args_t *args, ep_key_t *key, unsigned *set, ep_err_t *err)
{
    const char *note = args_value(args, NOTE);
    const char *feed = args_value(args, FEED);

    key->products = take_products(args);
    key->default_products = key->products == 0;
    if (key->default_products) {
        key->products = EP_PRODUCTS_DEFAULT;
    }
    key->server_limit = args_int(args, SERVER_LIMIT, 0);
    *set = args_has(args, PRODUCT) || args_has(args, DEFAULT_PRODUCTS)
               ? EP_KEY_SET_PRODUCTS
               : 0;
    *set |= args_has(args, SERVER_LIMIT) ? EP_KEY_SET_LIMIT : 0;
    if (note != NULL) {
        if (!ep_str_copy(ep_str(note), key->note, sizeof(key->note))) {
            return ep_err_set(err, EP_EINVAL, "note-too-long",
                              "the note is longer than %d bytes", EP_NOTE_MAX);
        }
        key->has_note = note[0] != '\0';
        *set |= EP_KEY_SET_NOTE;
    }
    if (feed != NULL) {
        if (!ep_str_copy(ep_str(feed), key->feed, sizeof(key->feed))) {
            return ep_err_set(err, EP_ENOTFOUND, "feed-not-found",
                              "there is no feed '%s'", feed);
        }
        *set |= EP_KEY_SET_FEED;
    }
    return EP_OK;
}


/* Prints nothing but the key, so that a script can take it. */
static ep_rc_t
add(cli_t *cli, const args_t *args, ep_err_t *err)
{
    ep_key_t key = { 0 };
    unsigned set;
    ep_rc_t rc = take_values(args, &key, &set, err);

    if (rc == EP_OK
        && !ep_str_copy(args_operand(args), key.key, sizeof(key.key))) {
        rc = ep_err_set(err, EP_EINVAL, "bad-key",
                        "a key has at most %d characters", EP_KEY_MAX);
    }
    if (rc == EP_OK) {
        rc = cli_begin(cli, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    rc = cli_end(cli, ep_key_add(cli->portal, &key, err), err);
    if (rc == EP_OK) {
        printf("%s\n", key.key);
    }
    return rc;
}


static ep_rc_t
change(cli_t *cli, const args_t *args, ep_err_t *err)
{
    ep_str_t name = args_operand(args);
    ep_key_t key = { 0 };
    unsigned set;
    ep_rc_t rc = take_values(args, &key, &set, err);

    if (rc == EP_OK && set == 0) {
        return args_error(err, "nothing to change: give --note, "
                               "--server-limit, --feed, --product or "
                               "--default-products");
    }
    if (rc == EP_OK) {
        rc = cli_begin(cli, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    rc = cli_end(cli, ep_key_change(cli->portal, name, set, &key, err), err);
    if (rc == EP_OK) {
        printf("Key '%.*s' was changed\n", EP_STR_ARG(name));
    }
    return rc;
}


static ep_rc_t
remove_key(cli_t *cli, ep_str_t name, ep_err_t *err)
{
    int64_t servers;
    ep_rc_t rc = ep_key_remove(cli->portal, name, &servers, err);

    if (rc == EP_OK) {
        printf("Key '%.*s' was deleted\n%lld %s deleted\n", EP_STR_ARG(name),
               (long long) servers,
               servers == 1 ? "server was" : "servers were");
    }
    return rc;
}


static ep_rc_t
check(const args_t *args, ep_err_t *err)
{
    int actions =
        args_has(args, ADD) + args_has(args, CHANGE) + args_has(args, DELETE);

    if (actions > 1) {
        return args_error(err, "only one of -a, -c and -d is allowed");
    }
    if (actions == 1 && !args_has(args, ADD) && args_operand(args).n == 0) {
        return args_error(err, "the following arguments are required: key");
    }
    if (actions == 0 && args->given_count > 0) {
        return args_error(err, "options of a key need the action -a or -c");
    }
    if (args_has(args, PRODUCT) && args_has(args, DEFAULT_PRODUCTS)) {
        return args_error(err, "argument --default-products: not allowed "
                               "with argument --product");
    }
    return EP_OK;
}


static ep_rc_t
run(cli_t *cli, const args_t *args, ep_err_t *err)
{
    ep_rc_t rc = check(args, err);

    if (rc == EP_OK) {
        rc = cli_open(cli, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    if (args_has(args, ADD)) {
        return add(cli, args, err);
    }
    if (args_has(args, CHANGE)) {
        return change(cli, args, err);
    }
    if (args_has(args, DELETE)) {
        return remove_key(cli, args_operand(args), err);
    }
    return list(cli, args, err);
}


/* Without an action it is a list. */
static bool
changes(const args_t *args)
{
    return args_has(args, ADD) || args_has(args, CHANGE)
           || args_has(args, DELETE);
}


const spec_t key_spec = {
    .summary = "list, add, change and delete registration keys",
    .description = "list available keys by default",
    .options = options,
    .option_count = EP_ARRAY_LEN(options),
    .operand = "key",
    .operand_help = "key name",
    .operands_max = 1,
    .lists = true,
    .epilog = "-a prints the key; without a name it is made up. A server "
              "limit of 0 means\nno limit.\n\n"
              "examples:\n"
              "  kc.eportal key -a\n"
              "  kc.eportal key -a test --server-limit 10\n"
              "  kc.eportal key -c test --feed test",
    .run = run,
    .changes = changes,
};
