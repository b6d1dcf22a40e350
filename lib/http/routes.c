/* The route table: the whole surface of the portal. The first row whose path
 * and method fit is taken, so the agents' busiest rows come first. */

#include "http/private.h"

#define GET_HEAD (EP_GET | EP_HEAD)
#define FORM (EP_GET | EP_HEAD | EP_POST)
#define CHANGE (EP_GET | EP_POST)
#define API "/admin/api"
#define KCARE "[/admin]/api/kcare"

const ep_route_t ep_routes[] = {
    { "patch-latest", GET_HEAD, "[/{prefix}]/{hash}/{latest}",
      EP_AUTH_AGENT_OPTIONAL, EP_EXEC_LOOP, 0, ep_api_latest },
    { "patch-version", GET_HEAD, "[/{prefix}]/{hash}/version",
      EP_AUTH_AGENT_OPTIONAL, EP_EXEC_LOOP, 0, ep_api_version },
    { "patch-binary", GET_HEAD, "[/{prefix}]/{hash}/{level}/{binary}",
      EP_AUTH_AGENT, EP_EXEC_LOOP, 0, ep_api_level_file },
    { "patch-file", GET_HEAD, "[/{prefix}]/{hash}/{level}/{file}",
      EP_AUTH_AGENT_OPTIONAL, EP_EXEC_LOOP, 0, ep_api_level_file },
    { "userspace-patch", GET_HEAD, "/userspace/{type}/{hash}/kpatch.tgz",
      EP_AUTH_AGENT, EP_EXEC_LOOP, EP_ROUTE_NOCASE, ep_api_userspace },
    { "object-binary", GET_HEAD, "[/{prefix}]/{hash}/{binary}", EP_AUTH_AGENT,
      EP_EXEC_LOOP, 0, ep_api_object_file },
    { "object-file", GET_HEAD, "[/{prefix}]/{hash}/{file}",
      EP_AUTH_AGENT_OPTIONAL, EP_EXEC_LOOP, 0, ep_api_object_file },

    { "check", FORM, KCARE "/check.{ext}", EP_AUTH_AGENT_OPTIONAL, EP_EXEC_LOOP,
      EP_ROUTE_ENVELOPE, ep_api_check },
    { "checkin", FORM, KCARE "/checkin.json", EP_AUTH_AGENT_OPTIONAL,
      EP_EXEC_LOOP, EP_ROUTE_ENVELOPE, ep_api_checkin },
    { "register-server", CHANGE, KCARE "/register_server.{ext}", EP_AUTH_PUBLIC,
      EP_EXEC_COMMIT, EP_ROUTE_ENVELOPE, ep_api_register_server },
    { "unregister-server", CHANGE, KCARE "/unregister_server.{ext}",
      EP_AUTH_PUBLIC, EP_EXEC_COMMIT, EP_ROUTE_ENVELOPE,
      ep_api_unregister_server },
    { "tag-server", CHANGE, KCARE "/tag_server.{ext}", EP_AUTH_AGENT_OPTIONAL,
      EP_EXEC_COMMIT, EP_ROUTE_ENVELOPE, ep_api_tag },
    { "sticky-patch", FORM, KCARE "/sticky_patch.{ext}", EP_AUTH_AGENT_OPTIONAL,
      EP_EXEC_LOOP, EP_ROUTE_ENVELOPE, ep_api_sticky },
    { "unregister-by-key", CHANGE, KCARE "/unregister_by_key.plain",
      EP_AUTH_PUBLIC, EP_EXEC_COMMIT, EP_ROUTE_ENVELOPE,
      ep_api_unregister_by_key },
    { "register", EP_POST, "/admin/api/register[/]", EP_AUTH_PUBLIC,
      EP_EXEC_COMMIT, 0, ep_api_register },

    { "nagios-register-key", FORM, KCARE "/nagios/register_key.{ext}",
      EP_AUTH_AGENT_OPTIONAL, EP_EXEC_LOOP, EP_ROUTE_ENVELOPE,
      ep_api_unknown_method },
    { "nagios", GET_HEAD, KCARE "/nagios/{key}[/]", EP_AUTH_PUBLIC,
      EP_EXEC_READ, 0, ep_api_nagios },
    { "nagios-reseller", GET_HEAD, KCARE "/nagios-res/{type}[/]",
      EP_AUTH_PUBLIC, EP_EXEC_LOOP, 0, ep_api_nagios_reseller },
    { "scanner-rows", GET_HEAD, KCARE "/patchset/{key}[/]", EP_AUTH_PUBLIC,
      EP_EXEC_READ, 0, ep_api_scanner_rows },
    { "scanner-list", GET_HEAD, KCARE "/patchset.json", EP_AUTH_PUBLIC,
      EP_EXEC_READ, 0, ep_api_scanner_list },

    { "libcare-patches", GET_HEAD, "/libcare-patches.json",
      EP_AUTH_AGENT_OPTIONAL, EP_EXEC_READ, 0, ep_api_userspace_list },
    { "userspace-patches", GET_HEAD, "/userspace-patches.json",
      EP_AUTH_AGENT_OPTIONAL, EP_EXEC_READ, 0, ep_api_userspace_list },

    { "source-index", GET_HEAD, "/patch-download/index.json", EP_AUTH_USER,
      EP_EXEC_READ, 0, ep_api_source_index },
    { "source-archive", GET_HEAD, "/patch-download/{name}", EP_AUTH_USER,
      EP_EXEC_READ, 0, ep_api_source_archive },

    { "openapi", GET_HEAD, API "/openapi.json", EP_AUTH_PUBLIC, EP_EXEC_LOOP,
      EP_ROUTE_GUARD, ep_api_openapi },
    { "start", GET_HEAD, API "/start[/]", EP_AUTH_INDEX, EP_EXEC_READ,
      EP_ROUTE_GUARD, ep_api_start },
    { "patchsets", GET_HEAD, API "/patchsets[/]", EP_AUTH_USER, EP_EXEC_READ, 0,
      ep_api_patchsets },
    { "patchsets-matrix", GET_HEAD, API "/patchsets/matrix[/]", EP_AUTH_USER,
      EP_EXEC_READ, 0, ep_api_matrix },
    { "patchsets-manage", EP_POST, API "/patchsets/manage[/]", EP_AUTH_ADMIN,
      EP_EXEC_TASK, 0, ep_api_manage },
    { "patchsets-newest", GET_HEAD, API "/patchsets/newest[/]", EP_AUTH_USER,
      EP_EXEC_READ, 0, ep_api_newest },
    { "patchset", GET_HEAD, API "/patchsets/{name}[/]", EP_AUTH_USER,
      EP_EXEC_READ, 0, ep_api_patchset },
    { "feeds", GET_HEAD, API "/feeds[/]", EP_AUTH_USER, EP_EXEC_READ, 0,
      ep_api_feeds },
    { "feed-put", EP_POST, API "/feeds[/]", EP_AUTH_ADMIN, EP_EXEC_TASK, 0,
      ep_api_feed_put },
    { "feed-delete", EP_DELETE, API "/feeds/{name}[/]", EP_AUTH_ADMIN,
      EP_EXEC_TASK, 0, ep_api_feed_delete },
    { "keys", GET_HEAD, API "/keys[/]", EP_AUTH_USER, EP_EXEC_READ, 0,
      ep_api_keys },
    { "key-put", EP_POST, API "/keys[/]", EP_AUTH_ADMIN, EP_EXEC_TASK, 0,
      ep_api_key_put },
    { "key-delete", EP_DELETE, API "/keys/{key}[/]", EP_AUTH_ADMIN,
      EP_EXEC_TASK, 0, ep_api_key_delete },

    { "servers", GET_HEAD, API "/servers[/]", EP_AUTH_USER, EP_EXEC_READ, 0,
      ep_api_servers },
    { "servers-export", GET_HEAD, API "/servers/export[/]", EP_AUTH_USER,
      EP_EXEC_READ, EP_ROUTE_SLOW, ep_api_servers_export },
    { "servers-bulk", EP_POST, API "/servers/bulk[/]", EP_AUTH_ADMIN,
      EP_EXEC_TASK, EP_ROUTE_SLOW, ep_api_servers_bulk },
    { "servers-delete", EP_DELETE, API "/servers[/]", EP_AUTH_ADMIN,
      EP_EXEC_TASK, EP_ROUTE_SLOW, ep_api_servers_delete },
    { "server", GET_HEAD, API "/servers/{id}[/]", EP_AUTH_USER, EP_EXEC_READ, 0,
      ep_api_server },
    { "delete-server", EP_POST, API "/delete_server[/]", EP_AUTH_ADMIN,
      EP_EXEC_TASK, 0, ep_api_delete_server },
    { "set-tags", EP_POST, API "/set_tags[/]", EP_AUTH_ADMIN, EP_EXEC_TASK, 0,
      ep_api_set_tags },
    { "tags", GET_HEAD, API "/tags[/]", EP_AUTH_USER, EP_EXEC_READ, 0,
      ep_api_tags },
    { "tag-put", EP_POST, API "/tags[/]", EP_AUTH_ADMIN, EP_EXEC_TASK, 0,
      ep_api_tag_put },
    { "tag-delete", EP_DELETE, API "/tags/{name}[/]", EP_AUTH_ADMIN,
      EP_EXEC_TASK, 0, ep_api_tag_delete },
    { "overview", GET_HEAD, API "/overview[/]", EP_AUTH_USER, EP_EXEC_READ, 0,
      ep_api_overview },

    { "login", EP_POST, API "/login[/]", EP_AUTH_PUBLIC, EP_EXEC_TASK,
      EP_ROUTE_SLOW | EP_ROUTE_GUARD, ep_api_login },
    { "logout", EP_POST, API "/logout[/]", EP_AUTH_USER, EP_EXEC_TASK, 0,
      ep_api_logout },
    { "session", GET_HEAD, API "/session[/]", EP_AUTH_PUBLIC, EP_EXEC_TASK,
      EP_ROUTE_GUARD, ep_api_session },
    { "password", EP_POST, API "/password[/]", EP_AUTH_USER, EP_EXEC_TASK,
      EP_ROUTE_SLOW, ep_api_password },
    { "users", GET_HEAD, API "/users[/]", EP_AUTH_USER, EP_EXEC_READ, 0,
      ep_api_users },
    { "user-put", EP_POST, API "/users[/]", EP_AUTH_ADMIN, EP_EXEC_TASK,
      EP_ROUTE_SLOW, ep_api_user_put },
    { "user-delete", EP_DELETE, API "/users/{name}[/]", EP_AUTH_ADMIN,
      EP_EXEC_TASK, 0, ep_api_user_delete },
    { "user-delete-named", EP_DELETE, API "/users[/]", EP_AUTH_ADMIN,
      EP_EXEC_TASK, 0, ep_api_user_delete_named },
    { "tokens", GET_HEAD, API "/tokens[/]", EP_AUTH_USER, EP_EXEC_READ, 0,
      ep_api_tokens },
    { "token-create", EP_POST, API "/tokens[/]", EP_AUTH_USER, EP_EXEC_TASK, 0,
      ep_api_token_create },
    { "token-revoke", EP_DELETE, API "/tokens/{id}[/]", EP_AUTH_USER,
      EP_EXEC_TASK, 0, ep_api_token_revoke },
    { "sessions", GET_HEAD, API "/sessions[/]", EP_AUTH_USER, EP_EXEC_READ, 0,
      ep_api_sessions },
    { "sessions-end", EP_DELETE, API "/sessions[/]", EP_AUTH_USER, EP_EXEC_TASK,
      0, ep_api_sessions_end },
    { "session-end", EP_DELETE, API "/sessions/{id}[/]", EP_AUTH_USER,
      EP_EXEC_TASK, 0, ep_api_session_end },
    { "throttle", GET_HEAD, API "/throttle[/]", EP_AUTH_ADMIN, EP_EXEC_READ, 0,
      ep_api_throttle },
    { "throttle-clear", EP_DELETE, API "/throttle[/]", EP_AUTH_ADMIN,
      EP_EXEC_TASK, 0, ep_api_throttle_clear },
    { "sso-login", GET_HEAD, "/admin/sso/login[/]", EP_AUTH_PUBLIC,
      EP_EXEC_READ, EP_ROUTE_GUARD, ep_api_sso_login },
    { "sso-callback", GET_HEAD, "/admin/sso/login/callback[/]", EP_AUTH_PUBLIC,
      EP_EXEC_TASK, EP_ROUTE_GUARD | EP_ROUTE_SLOW, ep_api_sso_callback },
    { "sso-logout", EP_POST, "/admin/sso/logout[/]", EP_AUTH_USER, EP_EXEC_TASK,
      0, ep_api_sso_logout },
    { "settings-sso", GET_HEAD, API "/settings/sso[/]", EP_AUTH_ADMIN,
      EP_EXEC_READ, 0, ep_api_sso_settings },
    { "settings-sso-test", EP_POST, API "/settings/sso/test[/]", EP_AUTH_ADMIN,
      EP_EXEC_TASK, EP_ROUTE_SLOW, ep_api_sso_test },

    { "healthz", GET_HEAD, "/healthz", EP_AUTH_PUBLIC, EP_EXEC_LOOP,
      EP_ROUTE_ALONE, ep_api_healthz },
    { "readyz", GET_HEAD, "/readyz", EP_AUTH_PUBLIC, EP_EXEC_TASK,
      EP_ROUTE_ALONE, ep_api_readyz },
    { "metrics", GET_HEAD, "/metrics", EP_AUTH_MONITOR, EP_EXEC_READ, 0,
      ep_api_metrics },
    { "status", GET_HEAD, API "/status[/]", EP_AUTH_USER, EP_EXEC_READ, 0,
      ep_api_status },
    { "jobs", GET_HEAD, API "/jobs[/]", EP_AUTH_USER, EP_EXEC_READ, 0,
      ep_api_jobs },
    { "job-run", EP_POST, API "/jobs/{name}/run[/]", EP_AUTH_ADMIN,
      EP_EXEC_TASK, 0, ep_api_job_run },
    { "audit", GET_HEAD, API "/audit[/]", EP_AUTH_ADMIN, EP_EXEC_READ, 0,
      ep_api_audit },
    { "audit-export", GET_HEAD, API "/audit/export[/]", EP_AUTH_ADMIN,
      EP_EXEC_READ, 0, ep_api_audit_export },
    { "settings", GET_HEAD, API "/settings[/]", EP_AUTH_ADMIN, EP_EXEC_READ, 0,
      ep_api_settings },
    { "settings-source", GET_HEAD, API "/settings/source[/]", EP_AUTH_USER,
      EP_EXEC_READ, 0, ep_api_settings_source },
    { "settings-source-put", EP_PUT, API "/settings/source[/]", EP_AUTH_ADMIN,
      EP_EXEC_TASK, 0, ep_api_settings_source_put },
    { "settings-source-test", EP_POST, API "/settings/source/test[/]",
      EP_AUTH_ADMIN, EP_EXEC_TASK, EP_ROUTE_SLOW, ep_api_settings_source_test },
    { "settings-ldap", GET_HEAD, API "/settings/ldap[/]", EP_AUTH_ADMIN,
      EP_EXEC_READ, 0, ep_api_ldap },
    { "settings-ldap-put", EP_PUT, API "/settings/ldap[/]", EP_AUTH_ADMIN,
      EP_EXEC_TASK, 0, ep_api_ldap_put },
    { "settings-ldap-test", EP_POST, API "/settings/ldap/test[/]",
      EP_AUTH_ADMIN, EP_EXEC_TASK, EP_ROUTE_SLOW, ep_api_ldap_test },

    { "console", GET_HEAD, "/admin[/]", EP_AUTH_PUBLIC, EP_EXEC_LOOP,
      EP_ROUTE_GUARD | EP_ROUTE_PAGE, ep_api_console },
    { "console-page", GET_HEAD, "/admin/{page}[/]", EP_AUTH_PUBLIC,
      EP_EXEC_LOOP, EP_ROUTE_GUARD | EP_ROUTE_PAGE, ep_api_console },

    { "unknown-method", FORM, KCARE "/{method}", EP_AUTH_AGENT_OPTIONAL,
      EP_EXEC_LOOP, EP_ROUTE_ENVELOPE, ep_api_unknown_method }
};

const size_t ep_routes_count = EP_ARRAY_LEN(ep_routes);
_Static_assert(EP_ARRAY_LEN(ep_routes) <= EP_ROUTES_MAX,
               "there are more routes than counters");


size_t
ep_route_count(void)
{
    return ep_routes_count;
}


ep_route_info_t
ep_route_info(size_t i)
{
    static const char *const auths[] = {
        [EP_AUTH_PUBLIC] = "public",
        [EP_AUTH_AGENT_OPTIONAL] = "agent-optional",
        [EP_AUTH_AGENT] = "agent",
        [EP_AUTH_INDEX] = "index",
        [EP_AUTH_USER] = "user",
        [EP_AUTH_ADMIN] = "admin",
        [EP_AUTH_MONITOR] = "monitor"
    };
    const ep_route_t *route = &ep_routes[i];

    return (ep_route_info_t){ .methods = route->methods,
                              .pattern = route->pattern,
                              .auth = auths[route->auth],
                              .exec = route->exec,
                              .name = route->name };
}
