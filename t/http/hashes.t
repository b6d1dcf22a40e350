#!/usr/bin/perl
# Who asks for a name that nobody has waits as long as who asks for one that
# somebody has (ASVS 6.3.8): both cost one hash of the same method and cost.
# Counted, not timed.

use strict;
use warnings;

use EPortal::Browser;
use EPortal::Test;
use Test::More;

my $build = EPortal::Test::build();
my $dir = File::Temp::tempdir('eportal-crypt-XXXXXX', TMPDIR => 1,
    CLEANUP => 1);
my $file = "$dir/hashes";
chmod 0777, $dir;
my $t = EPortal::Test->new(workers => 1, main => "env COUNT_CRYPT=$file;",
    preload => ["$build/t/lib/preload/countcrypt.so"]);

$t->cli_ok(qw(user -a -p AdminPassword admin));
$t->sql("INSERT INTO user (name, readonly, origin, created)"
        . " VALUES ('tesla', 1, 'ldap', 1), ('gauss', 1, 'sso', 1)");
$t->start;

# The hashes that a request costs.
sub hashes {
    my ($what) = @_;

    spew($file, '');
    chmod 0666, $file;
    $t->sql('DELETE FROM throttle');
    my $r = $what->();
    is($r->{status}, 401, '... is refused');
    return slurp($file);
}

sub login {
    my ($name, $password) = @_;

    return hashes(sub {
        EPortal::Browser->new($t)->login($name, $password);
    });
}

sub basic {
    my ($name, $password) = @_;

    return hashes(sub {
        $t->get('/admin/api/keys', basic => "$name:$password");
    });
}

my $expected = login('admin', 'wrong');
like($expected, qr/\A\$\w+\$\w+\$\n\z/,
    'ASVS 6.3.8: a wrong password is hashed once');
for my $case (['a name that nobody has', 'nobody'],
    ['an empty name', ''], ['a user of a directory that is not set', 'tesla'],
    ['a user of single sign-on', 'gauss'], ['another spelling', 'Admin'],
    ['a name beyond all bounds', 'x' x 500])
{
    my ($title, $name) = @$case;

    is(login($name, 'wrong'), $expected, "ASVS 6.3.8: $title costs the same");
    is(basic($name, 'wrong'), $expected, 'ASVS 6.3.8: with Basic, too')
        if $name ne '';
}
is(basic('admin', 'wrong'), $expected, 'ASVS 6.3.8: a wrong one with Basic');
is(login('nobody', 'x' x 100), login('admin', 'x' x 100),
    'ASVS 6.3.8: a long password likewise');
is(login('nobody', 'x' x 600), login('admin', 'x' x 600),
    'ASVS 6.3.8: and one that is too long');
is(login('nobody', ''), login('admin', ''), 'ASVS 6.3.8: and none');

finish($t);
done_testing();
