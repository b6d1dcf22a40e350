/* Settings of a directory and names put into them: auth/directory.h. */

#include "auth/directory.h"

#include "store.h"

static ep_arena_t *arena;


static int
setup(void **state)
{
    arena = ep_arena_new();
    return arena == NULL;
}


static int
teardown(void **state)
{
    ep_arena_free(arena);
    return 0;
}


static void
addresses_are_read(void **state)
{
    static const struct {
        const char *url, *host;
        int port;
        bool ldaps, starttls, strict;
        int timeout;
    } good[] = {
        { "ldap://ldap.forumsys.com", "ldap.forumsys.com", 389, false, true,
          true, 5 },
        { "ldap://ldap.forumsys.com?tls=0&timeout=30", "ldap.forumsys.com", 389,
          false, false, true, 30 },
        { "ldaps://10.0.0.1", "10.0.0.1", 636, true, false, true, 5 },
        { "LDAPS://dc-1.corp_net/", "dc-1.corp_net", 636, true, false, true,
          5 },
        { "ldaps://h:1636/?strict_check=0&timeout=1", "h", 1636, true, false,
          false, 1 },
        { "ldap://[::1]", "::1", 389, false, true, true, 5 },
        { "ldap://[2001:db8::7]:3389?timeout=60&tls=1&strict_check=1",
          "2001:db8::7", 3389, false, true, true, 60 },
        { " ldap://h?tls=0&&tls=1& ", "h", 389, false, true, true, 5 },
        { "ldaps://h?tls=0", "h", 636, true, false, true, 5 },
    };
    ep_ldap_address_t got;

    for (size_t i = 0; i < EP_ARRAY_LEN(good); i++) {
        assert_ok(ep_ldap_parse_url(good[i].url, &got, &err));
        assert_string_equal(got.host, good[i].host);
        assert_int_equal(got.port, good[i].port);
        assert_int_equal(got.ldaps, good[i].ldaps);
        assert_int_equal(got.starttls, good[i].starttls);
        assert_int_equal(got.strict, good[i].strict);
        assert_int_equal(got.timeout, good[i].timeout);
    }
}


static void
bad_addresses_say_why(void **state)
{
    static const struct {
        const char *url, *words;
    } bad[] = {
        { "", "begins with" },
        { "ldap.example.com", "begins with" },
        { "http://ldap.example.com", "begins with" },
        { "ldapi:///var/run/ldapi", "begins with" },
        { "ldap:/h", "begins with" },
        { "ldap://", "the host" },
        { "ldap://?tls=0", "the host" },
        { "ldap://user@host", "the host" },
        { "ldap://host host", "the host" },
        { "ldap://h:0", "the port" },
        { "ldap://h:", "the port" },
        { "ldap://h:65536", "the port" },
        { "ldap://h:389x", "the port" },
        { "ldap://::1", "the host" },
        { "ldap://[::1", "brackets" },
        { "ldap://[::1]389", "after the ]" },
        { "ldap://[fe80::1%eth0]", "the host" },
        { "ldap://h/dc=example", "no path" },
        { "ldap://h?tls", "write tls=0" },
        { "ldap://h?tls=no", "write tls=0" },
        { "ldap://h?strict_check=2", "write strict_check=0" },
        { "ldap://h?timeout=0", "1 to 60" },
        { "ldap://h?timeout=61", "1 to 60" },
        { "ldap://h?timeout=5s", "1 to 60" },
        { "ldap://h?Tls=0", "there are tls=0" },
        { "ldap://h??sub?(uid=x)", "there are tls=0" },
    };
    ep_ldap_address_t got;

    for (size_t i = 0; i < EP_ARRAY_LEN(bad); i++) {
        assert_refused(ep_ldap_parse_url(bad[i].url, &got, &err), EP_EINVAL,
                       "ldap-url");
        if (strstr(err.msg, bad[i].words) == NULL) {
            fail_msg("%s: %s", bad[i].url, err.msg);
        }
    }
}


static const char *
bound(const char *template_, const char *user)
{
    ep_str_t name = ep_str(user);
    const char *out = NULL;

    ep_err_clear(&err);
    return ep_ldap_bind_name(arena, template_, &name, &out, &err) == EP_OK
               ? out
               : err.code;
}


static void
names_are_escaped_in_a_dn(void **state)
{
    const char *t = "uid=%s,dc=example,dc=com";

    assert_string_equal(bound(t, "gauss"), "uid=gauss,dc=example,dc=com");
    assert_string_equal(bound("cn=%s,ou=%s,dc=%s", "a"), "cn=a,ou=a,dc=a");
    assert_string_equal(bound("email=%s,dc=example,dc=com", "g@b.de"),
                        "email=g@b.de,dc=example,dc=com");
    assert_string_equal(bound(t, "a,dc=x"),
                        "uid=a\\2cdc\\3dx,dc=example,dc=com");
    assert_string_equal(bound(t, "a+cn=b"),
                        "uid=a\\2bcn\\3db,dc=example,dc=com");
    assert_string_equal(bound(t, "\\00"), "uid=\\5c00,dc=example,dc=com");
    assert_string_equal(bound(t, "#\"<>;"),
                        "uid=\\23\\22\\3c\\3e\\3b,dc=example,dc=com");
    assert_string_equal(bound(t, "*)(uid=*"),
                        "uid=*)(uid\\3d*,dc=example,dc=com");
    assert_string_equal(bound(t, "%s"), "uid=%s,dc=example,dc=com");
    assert_string_equal(bound(t, "M\xc3\xbcller"),
                        "uid=M\xc3\xbcller,dc=example,dc=com");
}


static void
names_without_a_dn_are_plain(void **state)
{
    static const char *const refused[] = { "a@other.com", "OTHER\\a", "a=b",
                                           "a,b",         "a/b",      "a*",
                                           "a\"b",        "[a]",      "a;b" };

    assert_string_equal(bound("%s@example.com", "gauss"), "gauss@example.com");
    assert_string_equal(bound("EXAMPLE\\%s", "o'neill-1_x"),
                        "EXAMPLE\\o'neill-1_x");
    assert_string_equal(bound("%s", "gauss@example.com"), "gauss@example.com");
    for (size_t i = 0; i < EP_ARRAY_LEN(refused); i++) {
        assert_string_equal(bound("%s@example.com", refused[i]),
                            "bad-credentials");
    }
    assert_string_equal(bound("%s", "uid=gauss,dc=x"), "bad-credentials");
    assert_string_equal(bound("EXAMPLE\\%s", "OTHER\\a"), "bad-credentials");
}


static void
what_is_no_name_is_refused(void **state)
{
    static const char *const names[] = {
        "",     " gauss",         "gauss ",        "gau  ss",
        "a\nb", "a\tb",           "a\x7f",         "\xff",
        "\x01", "\xc2\x85",       "a\xe2\x80\xae", "a\xe2\x80\xa8",
        " ",    "\xed\xa0\x80\n",
    };
    char text[EP_USER_NAME_MAX + 2], *longer = malloc(10241);
    ep_str_t nul = { "a\0b", 3 };
    const char *out;

    for (size_t i = 0; i < EP_ARRAY_LEN(names); i++) {
        assert_string_equal(bound("uid=%s,dc=x", names[i]), "bad-credentials");
        assert_string_equal(bound("%s@x", names[i]), "bad-credentials");
    }
    assert_refused(ep_ldap_bind_name(arena, "uid=%s", &nul, &out, &err),
                   EP_EAUTH, "bad-credentials");
    memset(text, 'x', sizeof(text));
    text[EP_USER_NAME_MAX + 1] = '\0';
    assert_string_equal(bound("uid=%s", text), "bad-credentials");
    text[EP_USER_NAME_MAX] = '\0';
    assert_int_equal(strlen(bound("uid=%s", text)), 4 + EP_USER_NAME_MAX);
    memset(longer, 'x', 10240);
    longer[10240] = '\0';
    assert_string_equal(bound("uid=%s", longer), "bad-credentials");
    free(longer);
}


static void
bad_templates_say_why(void **state)
{
    static const struct {
        const char *text, *words;
    } bad[] = {
        { "", "not set" },
        { "  ", "not set" },
        { "uid=gauss,dc=example", "the same user" },
        { "%s,dc=example,dc=com", "must be a DN" },
        { "uid=%s,example.com", "must be a DN" },
        { "%s=gauss,dc=example", "must be a DN" },
        { "uid=%s,", "must be a DN" },
        { "uid=%s,,dc=x", "must be a DN" },
        { "uid=%s\n,dc=x", "one line" },
    };

    for (size_t i = 0; i < EP_ARRAY_LEN(bad); i++) {
        assert_refused(ep_ldap_bind_name(arena, bad[i].text, NULL, NULL, &err),
                       EP_EINVAL, "ldap-bind");
        if (strstr(err.msg, bad[i].words) == NULL) {
            fail_msg("%s: %s", bad[i].text, err.msg);
        }
    }
    assert_ok(ep_ldap_bind_name(arena, "uid = %s + cn=x, dc=a\\,b", NULL, NULL,
                                &err));
}


static ep_ldap_search_t
searched(const char *text, const char *user)
{
    ep_str_t name = ep_str(user);
    ep_ldap_search_t out = { 0 };

    assert_ok(ep_ldap_search(arena, text, "ldap-filter", "LDAP_FILTER", &name,
                             &out, &err));
    return out;
}


static void
searches_have_three_parts(void **state)
{
    static const char text[] = "dc=example,dc=com??one?(&(ou=mathematicians)"
                               "(uniqueMember=uid=%s,dc=example,dc=com))";
    ep_ldap_search_t s = searched(text, "gauss");

    assert_string_equal(s.base, "dc=example,dc=com");
    assert_int_equal(s.scope, 1);
    assert_string_equal(s.filter, "(&(ou=mathematicians)"
                                  "(uniqueMember=uid=gauss,dc=example,dc=com)"
                                  ")");
    s = searched("uid=%s,dc=x?\?\?(a=b)", "g");
    assert_string_equal(s.base, "uid=g,dc=x");
    assert_int_equal(s.scope, 0);
    assert_int_equal(searched("dc=x??base?(a=b)", "g").scope, 0);
    assert_int_equal(searched("dc=x??SUB?(a=b)", "g").scope, 2);
    assert_string_equal(searched("dc=x??sub?", "g").filter, "(objectClass=*)");
    assert_string_equal(searched("dc=x??sub", "g").filter, "(objectClass=*)");
    assert_string_equal(searched("??sub?uid=%s", "g").filter, "uid=g");
    assert_string_equal(searched("dc=x??sub?(a=b?c)", "g").filter, "(a=b?c)");
}


static void
names_are_escaped_where_they_stand(void **state)
{
    ep_ldap_search_t s;

    s = searched("ou=%s,dc=x??sub?(|(uid=%s)(mail=*%s@x)(member=cn=%s,dc=x))",
                 "*)(uid=*,\\");
    assert_string_equal(s.base, "ou=*)(uid\\3d*\\2c\\5c,dc=x");
    assert_string_equal(
        s.filter, "(|(uid=\\2a\\29\\28uid=\\2a,\\5c)"
                  "(mail=*\\2a\\29\\28uid=\\2a,\\5c@x)"
                  "(member=cn=\\2a\\29\\28uid\\5c3d\\2a\\5c2c\\5c5c,dc=x))");
    assert_string_equal(
        searched("dc=x??sub?(memberOf:1.2.840.113556.1.4.1941:=cn=%s)", "a,b")
            .filter,
        "(memberOf:1.2.840.113556.1.4.1941:=cn=a\\5c2cb)");
    assert_string_equal(searched("dc=x??sub?(age>=%s)", "(1)").filter,
                        "(age>=\\281\\29)");
}


static void
bad_searches_say_why(void **state)
{
    static const struct {
        const char *text, *words;
    } bad[] = {
        { "(uid=%s)", "two ? behind" },
        { "dc=x?sub?(uid=%s)", "two ? behind" },
        { "dc=x??two?(uid=%s)", "the scope is" },
        { "dc=x?\?(uid=%s)", "the scope is" },
        { "example.com??sub?(uid=%s)", "the base is a DN" },
        { "dc=x??sub?(uid=%s", "parentheses" },
        { "dc=x??sub?(uid=%s))", "parentheses" },
        { "dc=x??sub?(a=b)(c=d)", "parentheses" },
        { "dc=x??sub?)(a=b", "parentheses" },
        { "dc=x??sub?uid", "parentheses" },
        { "dc=x??sub?(%s=a)", "in a value" },
        { "dc=x??sub?(&(a=b)%s(c=d))", "in a value" },
        { "dc=x??sub?(a=\x01)", "one line" },
    };

    for (size_t i = 0; i < EP_ARRAY_LEN(bad); i++) {
        assert_refused(ep_ldap_search(arena, bad[i].text, "ldap-role",
                                      "LDAP_ADMIN_FILTER", NULL, NULL, &err),
                       EP_EINVAL, "ldap-role");
        if (strstr(err.msg, bad[i].words) == NULL
            || strstr(err.msg, "LDAP_ADMIN_FILTER") == NULL)
        {
            fail_msg("%s: %s", bad[i].text, err.msg);
        }
    }
}


static void
settings_are_judged_together(void **state)
{
    ep_ldap_settings_t s = { .url = "ldap://h",
                             .connection_string = "uid=%s,dc=x" };

    assert_ok(ep_ldap_check(&s, &err));
    assert_int_equal(ep_ldap_unsafe(&s), 0);
    s.filter = "dc=x";
    assert_refused(ep_ldap_check(&s, &err), EP_EINVAL, "ldap-filter");
    s.filter = "";
    s.admin_filter = "dc=x";
    assert_refused(ep_ldap_check(&s, &err), EP_EINVAL, "ldap-role");
    s.admin_filter = NULL;
    s.connection_string = NULL;
    assert_refused(ep_ldap_check(&s, &err), EP_EINVAL, "ldap-bind");
    s.url = "";
    assert_ok(ep_ldap_check(&s, &err));
    assert_int_equal(ep_ldap_unsafe(&s), 0);
    s.url = "ldap://h?tls=0&strict_check=0";
    assert_int_equal(ep_ldap_unsafe(&s), EP_LDAP_NO_TLS);
    s.url = "ldap://h?strict_check=0";
    assert_int_equal(ep_ldap_unsafe(&s), EP_LDAP_NOT_VERIFIED);
    s.url = "ldaps://h?tls=0&strict_check=0";
    assert_int_equal(ep_ldap_unsafe(&s), EP_LDAP_NOT_VERIFIED);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        { "LDAP-4, LDAP-5, LDAP-6, LDAP-7, LDAP-8, LDAP-9, LDAP-10, LDAP-11, "
          "LDAP-12: an address is scheme, host, port and parameters",
          addresses_are_read, NULL, NULL, NULL },
        { "LDAP-4: a bad one says what to write", bad_addresses_say_why, NULL,
          NULL, NULL },
        { "LDAP-13, LDAP-14, LDAP-16: every %s of a DN is the escaped name",
          names_are_escaped_in_a_dn, NULL, NULL, NULL },
        { "LDAP-15: what is no DN takes plain names only",
          names_without_a_dn_are_plain, NULL, NULL, NULL },
        { "a directory is not asked about what is no name",
          what_is_no_name_is_refused, NULL, NULL, NULL },
        { "LDAP-13: a bad template says what to write", bad_templates_say_why,
          NULL, NULL, NULL },
        { "LDAP-18, LDAP-19, LDAP-20, LDAP-21, LDAP-22, LDAP-23, LDAP-24: a "
          "search is base, scope and filter",
          searches_have_three_parts, NULL, NULL, NULL },
        { "LDAP-25: a name is escaped for where it stands in it",
          names_are_escaped_where_they_stand, NULL, NULL, NULL },
        { "LDAP-18: a bad search says what to write", bad_searches_say_why,
          NULL, NULL, NULL },
        { "settings are judged together, and what is not safe is known",
          settings_are_judged_together, NULL, NULL, NULL },
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
