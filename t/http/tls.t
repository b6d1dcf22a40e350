#!/usr/bin/perl
# TLS on the portal's own nginx, by the steps of the manual and with the files
# as they are shipped.

use strict;
use warnings;

use EPortal::Test;
use Test::More;

my $t = EPortal::Test->new;
my $root = EPortal::Test::root();
my $conf = "$t->{dir}/conf";
my $tls_port = free_port();
my $kernel = sha1('kernel');
my $shipped = slurp("$root/packaging/nginx/eportal.conf");
my @lines = split /\n/, $shipped;

my ($before) = join("\n", @lines[0, 1]) =~ /^(server \{.*)/ms;
is($before, 'server {',
    'TLS-3: the third line of eportal.conf is inside the server block');

my ($status, $out) = EPortal::Test::run_command(qw(openssl req -x509 -newkey
        rsa:2048 -nodes -days 30 -subj /CN=localhost), '-keyout',
    "$conf/eportal.key", '-out', "$conf/eportal.pem");
is($status, 0, 'a certificate is made') or diag $out;

my $ssl = slurp("$root/packaging/nginx/eportal.ssl.conf.example");
ok($ssl =~ s{/etc/ssl/\w+/eportal}{$conf/eportal}g,
    'TLS-2: the example is edited for the certificate');
ok($ssl =~ s{listen 443}{listen 127.0.0.1:$tls_port}, 'and the port');
$ssl =~ s{listen \[::\].*\n}{};
spew("$conf/eportal.ssl.conf", $ssl);

my @sed = ('sed', '-e', '3iinclude eportal.ssl.conf;', '-i',
    "$conf/eportal.conf");
is(system(@sed), 0, 'TLS-3: the manual\'s sed runs');
like(slurp("$conf/eportal.conf"), qr/\A.*\n.*\ninclude eportal\.ssl\.conf;\n/,
    'TLS-3: and puts the include into the third line');
($status, $out) = $t->nginx('-t');
is($status, 0, 'TLS-3: nginx -t takes it') or diag $out;
unlike($out, qr/\[(?:emerg|alert|crit|error|warn)\]/, 'without a word');

$t->deploy('K20250101_01', ["$kernel:1"]);
$t->cli_ok('key', '-a', 'k1');
$t->start;


sub curl {
    my @args = @_;
    my ($rc, $text) = EPortal::Test::run_command('curl', '-sS', '--max-time',
        20, '--cacert', "$conf/eportal.pem", '--resolve',
        "localhost:$tls_port:127.0.0.1", @args);

    return $text;
}

my $url = "https://localhost:$tls_port";
my $id = $t->register('k1');
is(curl("$url/$kernel/latest.v2"), '1', 'TLS-1: an agent asks over TLS');
is(curl('--http1.1', "$url/$kernel/latest.v2"), '1', 'with HTTP/1.1, too');
is(curl('-o', '/dev/null', '-w', '%{http_version} %{http_code}',
        "$url/$kernel/latest.v2"), '2 200', 'HTTP/2 is offered');
is(curl('-o', '/dev/null', '-w', '%{http_code} %{size_download}', '-u',
        "$id:x", "$url/$kernel/1/kpatch.bin"), '200 4096',
    'a patch is downloaded over TLS');
is(curl('-o', '/dev/null', '-w', '%{http_code} %{size_download}', '-u',
        "$id:x", '-r', '8-15', "$url/$kernel/1/kpatch.bin"), '206 8',
    'a part of it, too');
is($t->get("/$kernel/latest.v2")->{content}, '1', 'plain HTTP is still there');

ok(!-e "$t->{base}/eportal.sqlite-journal", 'nginx -t wrote nothing');
my $fresh = EPortal::Test->new(migrate => 0);
($status, $out) = $fresh->nginx('-t');
is($status, 0, 'nginx -t needs no database');
opendir my $dir, $fresh->{base} or die "$fresh->{base}: $!";
is(join(' ', grep { !/^\./ } readdir $dir), '', 'and makes none');

finish($t);
done_testing();
