#!/usr/bin/perl
# How the console is served: its page by the portal, with the headers of a
# page, what it loads by nginx, for ever.

use strict;
use warnings;

use EPortal::Test;
use Test::More;

my $t = EPortal::Test->new(config => {
    ALLOWED_HOSTS => "['127.0.0.1', 'portal.example']",
});
my $page = '<title>Console</title>';
my $script = 'export const answer = 42;' . ' ' x 2000;

$t->page($page);
mkdir "$t->{dir}/console/assets";
spew("$t->{dir}/console/assets/index-abc.js", $script);
spew("$t->{dir}/console/assets/index-abc.js.gz", 'packed');
$t->start;

# ---- the page ----

for my $path (qw(/admin /admin/ /admin/login /admin/user/ /admin/kcserver/
    /admin/docs/ /admin/patches/kernel/K20250101_01 /admin/apis)) {
    my $r = $t->get($path);
    is("$r->{status} $r->{content}", "200 $page", "UI-1: GET $path is the page");
}
my $r = $t->get('/admin/');
my %h = %{ $r->{headers} };
is($h{'content-type'}, 'text/html; charset=utf-8', 'it is HTML in UTF-8');
is($h{'cache-control'}, 'no-cache', 'it is asked for again each time');
like($h{'content-security-policy'},
    qr/\Adefault-src 'none'; frame-ancestors 'none'; script-src 'self'; /,
    'ASVS 3.4.3, 3.4.6: it runs only what this portal serves, in no frame');
unlike($h{'content-security-policy'}, qr/unsafe|data:|\*/,
    '... and nothing inline');
is($h{'x-content-type-options'}, 'nosniff', 'ASVS 3.4.4: nosniff');
is($h{'referrer-policy'}, 'no-referrer', 'ASVS 3.4.5: no referrer');
ok(!$h{'strict-transport-security'}, 'no HSTS without https');
$r = $t->get('/admin/', headers => { 'X-Forwarded-Proto' => 'https' });
ok($r->{headers}{'strict-transport-security'}, 'HSTS with it');
$r = $t->get('/admin/', headers => { 'If-None-Match' => $h{etag} });
is($r->{status}, 304, 'a page that has not changed is not sent again');
$r = $t->request('HEAD', '/admin/login');
is($r->{status} . ($r->{content} // ''), '200', 'HEAD is answered without it');
like($t->raw("GET /admin/ HTTP/1.1\r\nHost: evil.example\r\n"
    . "Connection: close\r\n\r\n"), qr/\AHTTP\S+ 400 /,
    'ALLOWED_HOSTS: not under another name');
$r = $t->get('/');
is("$r->{status} $r->{headers}{location}", '302 /admin/',
    '/ leads to the console, on the host that was asked');
$r = $t->get('/admin/api/frob');
is($r->{status}, 404, 'an unknown address of the API is no page');
$r = $t->get('/admin/sso/frob');
is($r->{status}, 404, 'nor one of single sign-on');
is($t->get('/_eportal/console')->{status}, 404, 'where it lies is internal');

# ---- what it loads ----

$r = $t->get('/admin/assets/index-abc.js');
is("$r->{status} $r->{content}", "200 $script", 'a script is served');
is($r->{headers}{'content-type'}, 'text/javascript', 'as JavaScript');
is($r->{headers}{'cache-control'}, 'public, max-age=31536000, immutable',
    'and kept for ever');
$r = $t->get('/admin/assets/index-abc.js',
    headers => { 'Accept-Encoding' => 'gzip' });
is($r->{headers}{'content-encoding'}, 'gzip', 'packed for who takes that');
is($r->{content}, 'packed', '... as the build packed it');
for my $path ('/admin/assets/index-old.js', '/admin/assets/',
    '/admin/assets/../index.html/x') {
    $r = $t->get($path);
    ok($r->{status} == 404 || $r->{status} == 403
        || $path =~ /\.\./, "$path is not there ($r->{status})");
    unlike($r->{content}, qr/<html|$page/, '... and the page is no answer to it')
        if $path !~ /\.\./;
    is($r->{headers}{'cache-control'} // '', '', '... nor kept')
        if $path !~ /\.\./;
}

finish($t);
done_testing();
