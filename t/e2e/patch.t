#!/usr/bin/perl
# The real thing: a kernel in a virtual machine registers, is told its level,
# downloads a live patch from the portal and runs it; then the administrator
# enables the next patchset and the kernel moves on.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib", $FindBin::RealBin;

use EPortal::Test;
use Guest;
use JSON::PP;
use Test::More;

use constant SECONDS => 180; # of the guest's life; it needs about ten
my $HEX = qr/^[0-9a-f]{40}$/;

# What takes long and needs the network: a failure here is one, too.
my $made = eval { Guest->prepare };
ok($made, 'kernel, live patches and initramfs are there') or do {
    diag $@;
    done_testing();
    exit 1;
};
like($made->{HASH}, $HEX, 'the kernel hash follows from the headers alone');

my $t = EPortal::Test->new;
my $hash = $made->{HASH};

for my $level (1, 2) {
    my $info = "$t->{dir}/kpatch.info.$level";

    spew($info, "OS: debian12-cloud\nkernel: linux-image-$made->{RELEASE}\n"
        . "time: 2025-0$level-01 10:00:00\n"
        . "uname: $made->{RELEASE}+patch$level\n\n"
        . "kpatch-name: cmdline.patch\n"
        . "kpatch-description: /proc/cmdline says level $level\n"
        . "kpatch-kernel: $made->{RELEASE}\nkpatch-cve: N/A\n");
    my $archive = "$t->{dir}/K2025010${level}_01.tar.bz2";
    system($^X, "$FindBin::RealBin/../fixtures/make-archive",
        '--product', 'kernel', '--name', "K2025010${level}_01",
        '--object', "$hash:$level", '--out', $archive,
        '--add', "$hash/$level/kpatch.bin=$made->{qq(LEVEL$level)}",
        '--add', "$hash/$level/kpatch.info=$info") == 0
        or die "make-archive failed\n";
}
$t->cli_ok('key', '-a', 'e2e-key');
$t->cli_ok('kcare', 'deploy', "$t->{dir}/K20250101_01.tar.bz2");
$t->cli_ok('kcare', 'deploy', '--disabled', "$t->{dir}/K20250102_01.tar.bz2");
$t->start;

my $began = time;
my $guest = Guest->start(made => $made, port => $t->{port},
    key => 'e2e-key', seconds => SECONDS);
my %said;
while (defined(my $line = $guest->report)) {
    my ($topic, $rest) = $line =~ /^(level \d|\w+):? ?(.*)$/;

    $said{$topic} = $rest;
    if ($topic eq 'level 1') {
        is(server_at(1)->{patch_level}, 1, 'the server list shows level 1');
        $t->cli_ok('kcare', 'enable', 'K20250102_01');
    }
}
ok($guest->is_off, 'the guest switches itself off');

is($said{hash}, $hash, 'the guest computes the kernel hash of the headers');
is($said{stranger}, 401, 'a patch is not given to who did not register');
like($said{server}, qr/^[A-Za-z]\w{15}$/, 'AGT-10: the guest registers'
    . ' at REGISTRATION_URL with its key');
like($said{boot}, qr/e2e\.nonce=/, 'an unpatched kernel shows its command line');
is($said{'level 1'}, 'live patched to level 1',
    'AGT-9: the first patchset is downloaded from PATCH_SERVER'
    . ' and changes the running kernel');
is($said{'level 2'}, 'live patched to level 2',
    'MAN-3: enable of the next one does so again');
is($said{verdict}, 'patched 1', 'the guest says so with the nonce of this run')
    or diag $guest->console;

my $server = server_at(2);
is($server->{server_id}, $said{server}, 'the server list has the guest');
is($t->sql('SELECT lower(hex(kernel_id)), release FROM facts'),
    "$hash|$made->{RELEASE}", '... the kernel it booted');
is($server->{patch_level}, 2, '... its level');
is($server->{euname}, "$made->{RELEASE}+patch2", '... its effective kernel');
is($server->{hostname}, 'guest.e2e.test', '... its name');
like($server->{checkin}, qr/^20\d\d-/, 'AGT-8: ... and its check-in');
diag sprintf 'guest ran %d s', time - $began if $ENV{TEST_VERBOSE};

finish($t);
done_testing();

# The only server of the list, once it shows this level: check-ins are
# written within a second.
sub server_at
{
    my ($level) = @_;
    my $server;

    wait_for(sub {
        my $list = decode_json($t->cli_ok('server', '--json'));
        $server = $list->{servers}[0] || {};
        return ($server->{patch_level} // 0) == $level;
    });
    return $server;
}
