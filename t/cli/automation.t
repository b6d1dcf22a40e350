#!/usr/bin/perl
# What other people's installers and playbooks call, word for word
# (protocol.md 1.14): none of it may break.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use EPortal::CLI qw(make_archive);
use Test::More;

my $portal = EPortal::CLI->new(config => <<'END');
ALLOWED_HOSTS = ["eportal.example","127.0.0.1"]
CACHE_MODE = True
PROXY = 'http://proxy.example:3128'
BUNITS = True
END


sub succeeds {
    my ($line, $title) = @_;
    my $r = $portal->run(split / /, $line);

    is($r->{exit}, 0, $title // "kc.eportal $line") or diag $r->{err};
    return $r->{out};
}


# An installer of old: add the administrator.
succeeds('-a admin -p SecretPassword', 'TRAP-4: kc.eportal -a admin -p PW');

# A playbook that greps before it acts.
like(succeeds('user'), qr/\badmin\b/, 'the name is found in the list');
unlike(succeeds('user'), qr/\boperator\b/, 'one that is missing is not');
succeeds('user -a -p SecretPassword -r admin operator');
like(succeeds('user'), qr/\boperator\b/, 'then it is');
unlike(succeeds('key'), qr/\bproduction-key\b/, 'a key that is missing');
succeeds('key -a production-key --server-limit 10 --product kernel');
like(succeeds('key'), qr/\bproduction-key\b/, '... is there then');

# A role that sets up feeds and keys, as root, and ignores errors: exactly
# these four calls.
my @setup = ('feed -a staging', 'feed -a production',
    'key -a --feed staging staging', 'key -a --feed production production');
succeeds($_) for @setup;
for my $line (@setup) {
    my $r = $portal->run(split / /, $line);
    is($r->{exit}, 5, "again: kc.eportal $line is there already");
    is(scalar(grep { !/warning/ } split /\n/, $r->{err}), 1,
        '... in one line');
}
like(succeeds('key'), qr/^staging +staging .*\nstaging|^staging +staging /m,
    'the key is bound to its feed');
succeeds('key -a NAME --server-limit 10 --product kernel --feed staging',
    'options after the key');
like(succeeds('key NAME'), qr/^NAME +staging +0 +10 +kernel /m,
    '... are all taken');

like(succeeds('--list-servers'), qr/\ACount \| Key\n----- \+ -+\n(?: +0 \| \S+\n){4}\z/,
    'SRV-5: --list-servers');
is(succeeds('server clean --inactive'), "0 servers were deleted\n",
    'SRV-6: server clean --inactive');
is(succeeds('-r operator'), "User 'operator' is now readonly\n",
    'TRAP-4: -r USER');
like(succeeds('-l'), qr/\boperator +readonly\b/, 'TRAP-4: -l');
succeeds('-c operator -p AnotherPassword');
succeeds('-d operator');

# The manual's transfer of archives: ls | sort | xargs -n1.
my $dir = "$portal->{dir}/tmp";
mkdir $dir or die "mkdir: $!\n";
make_archive('kernel', $_, "$dir/$_.tar.bz2")
    for qw(K20210129_02 K04082020_1);
make_archive('user', 'U20210129_02', "$dir/U20210129_02.tar.bz2");
succeeds("kcare deploy $_", 'CLI-11: kcare deploy FILE')
    for sort glob "$dir/K*.tar.bz2";
succeeds("--deploy $dir/U20210129_02.tar.bz2",
    'CLI-8: --deploy FILE of any product');
succeeds('--unroll K20210129_02', 'TRAP-1: --unroll PS');
succeeds('kcare unroll K20210129_02');
succeeds('--unroll K20210129_02 --delete', 'TRAP-4: --unroll PS --delete');

is_deeply([$portal->owned_by_root], [], 'nothing in the data is root\'s');

done_testing();
