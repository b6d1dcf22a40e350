#!/usr/bin/perl
# Certificates that are not verified any more (ENV-2, TRAP-12): it works, and
# everybody is told.

use strict;
use warnings;

use EPortal::Daemon;
use EPortal::Test;
use EPortal::Upstream ();
use JSON::PP ();
use Test::More;

my $NAME = 'K20250101_01';
my ($ca, @tls) = EPortal::Upstream::tls_files();
my $source = EPortal::Upstream::start_nginx(
    EPortal::Upstream::source_dir($NAME => 'kernel'), tls => [$ca, @tls]);
my $t = EPortal::Test->new(config => {
    PATCH_SOURCE_URL => "'$source->{url}'", PATCH_SOURCE_USER => "'me'",
    PATCH_SOURCE_PASSWORD => "'source'", MIN_FREE_DISK => 1024,
});
my $variable = "$t->{base}/environment/PYTHONHTTPSVERIFY";
my %admin = (basic => 'admin:secret');
my $rows = "SELECT actor || ' ' || via || ' ' || object || ' ' || detail"
    . " FROM audit WHERE action = 'settings.https-verify' ORDER BY id";

sub result {
    my ($path, %o) = @_;

    return JSON::PP::decode_json(
        $t->get("/admin/api/$path", %o)->{content})->{result};
}

sub check_source {
    my $r = $t->post('/admin/api/settings/source/test', %admin);

    return JSON::PP::decode_json($r->{content})->{result};
}

$t->cli_ok('user', '-a', '-p', 'secret', 'admin');
mkdir "$t->{base}/environment";
$t->start;

# ---- as long as they are verified ----

is(check_source()->{failed}, 'TLS', 'a private authority is not believed');
is_deeply(result('session', %admin)->{warnings}, [], 'no warning');
is($t->sql($rows), '', 'no row');
unlike($t->cli_ok('status'), qr/WARNING/, 'no warning of the command');

# ---- turned off, as the manual has it ----

my $daemon = EPortal::Daemon->start({ dir => $t->{dir},
        config => "$t->{dir}/conf/config" });
spew($variable, "0\n");
ok(wait_for(sub { check_source()->{ok} }, 60),
    'ENV-2: PYTHONHTTPSVERIFY=0 in the envdir turns verification off')
    or diag json(check_source());
ok(wait_for(sub { $t->sql($rows) ne '' }, 60), 'TRAP-12: a row says so');
is($t->sql($rows), 'daemon daemon HTTPS_VERIFY '
        . '{"verify": false, "origin": "envdir PYTHONHTTPSVERIFY"}',
    'TRAP-12: who noticed it, and where it comes from');
for my $path (qw(session status)) {
    is_deeply([map { $_->{code} } @{ result($path, %admin)->{warnings} }],
        ['https-not-verified'], "TRAP-12: GET $path warns of it");
}
is_deeply(result('session')->{warnings}, [], '... not strangers');
my ($setting) = grep { $_->{name} eq 'HTTPS_VERIFY' }
    @{ result('settings', %admin) };
is_deeply([@$setting{qw(value origin)}], ['False', 'envdir PYTHONHTTPSVERIFY'],
    'TRAP-12: the settings show it and its origin');
like($t->error_log, qr/PYTHONHTTPSVERIFY: certificates are not verified/,
    'TRAP-12: a line in nginx\'s log');
ok($daemon->wait_for(sub { $daemon->text =~ /certificates are not verified/ }),
    'TRAP-12: and in the daemon\'s');
my $text = $t->cli_ok('status');
like($text, qr/^WARNING .*not verified/m, 'TRAP-12: kc.eportal status warns');
like($text, qr/warning: .*certificates are not verified/,
    'TRAP-12: and so does every command');
my ($code) = map { $_->{code} } @{ JSON::PP::decode_json(
    $t->cli_ok('status', '--json') =~ s/\A[^{]*//r)->{status}{warnings} };
is($code, 'https-not-verified', 'TRAP-12: in JSON, too');
like($t->cli_ok('config'), qr/^HTTPS_VERIFY +False +envdir PYTHONHTTPSVERIFY/m,
    'TRAP-12: kc.eportal config tells');
$t->cli_ok(qw(kcare update));
like($t->cli_ok(qw(kcare list)), qr/$NAME +enabled/,
    'ENV-2: patches come from a source that nobody verifies');
is(scalar(my @once = $t->sql($rows)), 1, 'TRAP-12: one row, not one a command');

# ---- and on again ----

unlink $variable;
ok(wait_for(sub { (check_source()->{failed} // '') eq 'TLS' }, 60),
    'without the file they are verified again');
ok(wait_for(sub { (my @all = $t->sql($rows)) == 2 }, 60), '... by a row');
like(($t->sql($rows))[1], qr/"verify": true, "origin": "default"/,
    'TRAP-12: which says so');
is_deeply(result('status', %admin)->{warnings}, [], '... and no warning');
is($daemon->stop, 0, 'the daemon ends');

# ---- by a command's own environment ----

{
    local $ENV{PYTHONHTTPSVERIFY} = 0;
    my $pid = open my $out, '-|', 'env',
        "EPORTAL_CONFIG=$t->{dir}/conf/config", EPortal::Test::build()
            . '/kc.eportal', 'kcare', 'download-missing';
    my $said = join '', <$out>;
    close $out;
    is($?, 0, 'ENV-2: the variable of a command counts for it') or diag $said;
}
like(($t->sql($rows))[2], qr/ cli .*"origin": "environment PYTHONHTTPSVERIFY"/,
    'TRAP-12: recorded as the command\'s');
EPortal::Upstream::stop($source->{pid});

finish($t);
done_testing();
