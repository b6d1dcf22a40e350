#!/usr/bin/perl
# kc.eportal feed

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use EPortal::CLI;
use JSON::PP;
use Test::More;

my $portal = EPortal::CLI->new;


sub feeds {
    my $r = $portal->run('feed', '--json');

    is($r->{exit}, 0, 'feed --json succeeds') or diag $r->{err};
    return { map { $_->{name} => $_ } @{ decode_json($r->{out})->{feeds} } };
}


my $r = $portal->run('feed');
like($r->{out}, qr/^main /m, 'FEED-16: no action lists feeds');
like($r->{err}, qr/kc\.eportal feed -a/, '... and says how to add one');

$r = $portal->run(qw(feed -a test --auto));
is($r->{exit}, 0, 'FEED-20: feed -a test --auto') or diag $r->{err};
is($r->{out}, "Feed 'test' was added\n", 'FEED-18: -a adds a feed');
my $feeds = feeds();
ok($feeds->{test}{auto_update}, 'FEED-20: it is updated automatically');
ok(JSON::PP::is_bool($feeds->{test}{auto_update}), '... a boolean in JSON');
is($feeds->{test}{deploy_after}, 0, '... at once');
is($feeds->{test}{channel}, 'default', '... from the default channel');

$r = $portal->run(qw(feed -c test --deploy-after 12));
is($r->{out}, "Feed 'test' was changed\n", 'FEED-19: -c changes a feed');
is(feeds()->{test}{deploy_after}, 12,
    'FEED-22: feed -c test --deploy-after 12');
ok(feeds()->{test}{auto_update}, '... and leaves the rest');
$r = $portal->run(qw(feed -c test --no-auto));
ok(!feeds()->{test}{auto_update}, 'FEED-21: --no-auto');
for my $channel (qw(test unstable default)) {
    $portal->run('feed', '-c', 'test', '--channel', $channel);
    is(feeds()->{test}{channel}, $channel, "NEW-FEED-2: --channel $channel");
}
$r = $portal->run('feed', 'test');
like($r->{out}, qr/^test +no +12 default +0 /m,
    'FEED-17: a name lists that feed');
unlike($r->{out}, qr/^main/m, '... and no other');

is($portal->run(qw(feed -a test))->{exit}, 5, 'a feed that is there already');
is($portal->run('feed', '-a', $_)->{exit}, 2, "a bad name: '$_'")
    for 'a/b', 'a b', '..', 'x' x 33, 'a' x 40;
is($portal->run(qw(feed -c nofeed --auto))->{exit}, 4, 'change: not found');
is($portal->run(qw(feed -d nofeed))->{exit}, 4, 'delete: not found');
is($portal->run(qw(feed -c test --deploy-after -1))->{exit}, 2,
    'hours are not negative');
is($portal->run(qw(feed -c main --auto))->{exit}, 2, 'main cannot be changed');
is($portal->run(qw(feed -d main))->{exit}, 2, '... nor deleted');

$portal->run(qw(key -a k1 --feed test));
$portal->run(qw(key -a k2 --feed test));
$r = $portal->run(qw(feed -d test));
is($r->{exit}, 0, '-d deletes a feed') or diag $r->{err};
is($r->{out}, "Feed 'test' was deleted\n2 keys were moved to main\n",
    'FEED-14: its keys move to main');
is(feeds()->{main}{keys}, 2, '... where they are now');

is_deeply([$portal->owned_by_root], [], 'nothing in the data is root\'s');

done_testing();
