#!/usr/bin/perl
# What compatibility checkers, vulnerability scanners, library checkers and
# monitors outside of our hands ask for, in the bytes they send, and how they
# read what they get (protocol.md 1.4 to 1.8).

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib", $FindBin::RealBin;

use Clients qw(answer_of compat_code qualys_rows qualys_host_rows qualys_cves
    qualys_level nexpose_cves nagios_counters build_ids libcare_patch);
use EPortal::Test;
use Test::More;

my $t = EPortal::Test->new;
my $kernel = sha1('kernel one');
my $unknown = sha1('kernel of somebody else');
my $library = sha1('library one');

$t->cli_ok('key', '-a', $_) for qw(scanned empty);
$t->deploy('K20250101_01', ["$kernel:1"]);
$t->deploy('K20250102_01', ["$kernel:2"]);
$t->deploy('U20250101_01', ["$library:1"], product => 'user');
$t->start;

my @servers = map { $t->register('scanned', hostname => "host$_.example") }
    1 .. 4;
checkin($servers[0], $kernel, 2);
checkin($servers[1], $kernel, 1);
checkin($servers[2], $unknown, 0);
# The fourth has never checked in: no kernel, no level.

subtest 'kernel compatibility checker' => sub {
    is(compat_code(get("/$kernel/version")), 0, 'a known kernel is supported');
    is(compat_code(get("/$unknown/version")), 1, 'another needs review');
    is(compat_code(get("/$kernel/latest.v1")), 0, 'the old test, latest.v1');
    is(compat_code(get("/$unknown/latest.v1")), 1, '... of another kernel');
    is(compat_code(ask("GET http://127.0.0.1/$kernel/version HTTP/1.1\r\n"
                . "Host: 127.0.0.1\r\nConnection: close\r\n\r\n")),
        0, 'through a proxy: the whole URL in the request line');

    my $latest = get("/$kernel/latest.v2")->{body};
    is(get("/$kernel/$latest/kcare.ko")->{status}, 200,
        'latest.v2, unstripped, makes the next URL');
};

subtest 'Qualys' => sub {
    my @rows = qualys_rows(get('/admin/api/kcare/patchset/scanned'));
    is_deeply([sort { $a->[2] <=> $b->[2] } @rows],
        [['127.0.0.1', $kernel, 1], ['127.0.0.1', $kernel, 2]],
        'NEW-API-15: patchset/KEY has the patched servers');
    is_deeply([qualys_rows(get("/admin/api/kcare/patchset/$_"))], [],
        "$_: no rows, but JSON") for qw(empty nobodys-key);
    my @hosts = qualys_host_rows(
        get('/admin/api/kcare/patchset.json?key=scanned'));
    is(scalar(grep { $_->{patch_level} > 0 } @hosts), 2, 'patchset.json');

    is(qualys_level(get("/$kernel/latest.v2")), 2, 'int(latest.v2)');
    is_deeply([qualys_cves(get("/$kernel/2/kpatch.info"))],
        ['CVE-2024-1086', 'CVE-2024-26642'], 'kpatch.info names its CVEs');
    is_deeply([qualys_cves(get("/$kernel/99/kpatch.info"))], [],
        'a level that is not there: a warning only');
};

subtest 'Nexpose' => sub {
    my @cves = eval {
        map { nexpose_cves(get("/$_->[1]/$_->[2]/kpatch.info")) }
            grep { $_->[1] && $_->[2] > 0 }
            qualys_rows(get('/admin/api/kcare/patchset/scanned'));
    };
    is($@, '', 'every reported level has its kpatch.info');
    is(scalar @cves, 4, 'two CVEs a server');
};

subtest 'metrics agent' => sub {
    is_deeply(nagios_counters(get('/admin/api/kcare/nagios/scanned')),
        { uptodate => 1, outofdate => 1, unsupported => 1, inactive => 1 },
        'NAG-2: each server is counted');
    my $lines = get('/admin/api/kcare/nagios/scanned')->{body};
    like($lines, qr/^host2\.example \(127\.0\.0\.1\) is OUTOFDATE$/m,
        'NAG-1: who is out of date');

    my $nobody = get('/admin/api/kcare/nagios/nobodys-key');
    is($nobody->{status}, 200, 'an unknown key is no HTTP error');
    like($nobody->{body}, qr/^Servers not found for key nobodys-key$/m,
        '... but says so');
};

subtest 'library checker and libcare' => sub {
    is_deeply([build_ids(get("/$_-patches.json"))], [$library], "$_ list")
        for qw(libcare userspace);
    for my $path ("/userspace/all/$library/kpatch.tgz",
        "/userspace/libs/\U$library\E/KPATCH.TGZ")
    {
        my $answer = get($path, 'Authorization: Basic '
            . encode("$servers[0]:x"));
        is($answer->{status}, 200, $path) or next;
        my $dir = "$t->{dir}/" . $t->{unpacked}++;
        mkdir $dir or die "mkdir: $!";
        spew("$dir/kpatch.tgz", $answer->{body});
        is(system('tar', '-xzf', "$dir/kpatch.tgz", '-C', $dir), 0, 'unpacks');
        is((eval { libcare_patch($dir, $library) })[0], 1,
            'libcare finds its patch') or diag $@;
    }
    is(get("/userspace/all/$unknown/kpatch.tgz", 'Authorization: Basic '
            . encode("$servers[0]:x"))->{status}, 404, 'an unknown library');
};

finish($t);
done_testing();

# As Python's urllib writes it.
sub get
{
    my ($path, @headers) = @_;

    return ask(join "\r\n", "GET $path HTTP/1.1", 'Accept-Encoding: identity',
        "Host: 127.0.0.1:$t->{port}", 'User-Agent: Python-urllib/3.6',
        @headers, 'Connection: close', '', '');
}

sub ask { return answer_of($t->raw($_[0])) }

sub encode
{
    require MIME::Base64;
    return MIME::Base64::encode_base64($_[0], '');
}

# Report, and wait until it is written.
sub checkin
{
    my ($server, $kernel_id, $level) = @_;

    $t->get("/$kernel_id/latest.v2?" . token(server_id => $server,
            kernel_id => $kernel_id, patch_level => $level));
    wait_for(sub {
        return $t->sql('SELECT count(*) FROM server JOIN checkin'
            . " ON server.id = checkin.server WHERE server_id = '$server'"
            . ' AND time > 0');
    });
}
