# How long an administrator waits: pages of servers in each order and with
# each filter, searches, the overview. What counts is the slowest of each
# kind, asked three times over, the median taken.
package Api;

use strict;
use warnings;

use Exporter 'import';
use HTTP::Tiny;
use JSON::PP;
use MIME::Base64 qw(encode_base64);
use Time::HiRes qw(time);

use Rounds;
use Stage;

our @EXPORT = qw(bench_api);

my @sorts = qw(id server_id hostname ip key feed registered checkin updated
    uptime distro release euname patch_level);

# Each selects some servers of t/bench/seed.
my @filters = (
    'key=bench', 'feed=main', 'hostname=web%25', 'hostname=%25.example.com',
    'ip=10.0.%25', 'tag=env:prod', 'tag=env', 'registered_age=100',
    'checkin_age=2h', 'checkin_age=-1', 'updated_age=-400', 'state=active',
    'state=silent', 'state=never', 'is_updated=true', 'is_updated=false',
    'uptime=under-6', 'uptime=12-18', 'distro=centos7', 'machine=x86_64',
    'virt=kvm', 'virt=unknown', 'release=3.10.0-957.el7',
    'euname=3.10.0-957.el7', "kernel_id=$hashes[0]", "patch_level=$patchsets",
    'state=active&distro=centos7&is_updated=true&hostname=web%25&tag=env',
);

# In host names, addresses, ids and tags; many servers, one, none.
my @searches = ('web', 'web-000123', 'example', '10.0.1', '.77', 'env:test',
    'Q7', 'nothing-has-this');

my ($http, $url, $token);


# An account of one's own and its token, as a program has.
sub log_in {
    my ($port) = @_;
    my $password = 'a password for the benchmark';

    $url = "http://127.0.0.1:$port/admin/api";
    $http = HTTP::Tiny->new(timeout => 60);
    spew("$dir/password", "$password\n");
    kc('user', '-a', 'bench', '<', "$dir/password");
    as_owner();
    my $r = $http->post("$url/tokens/?name=bench", { headers => {
            Authorization => 'Basic ' . encode_base64("bench:$password", ''),
        } });
    die "token: $r->{status} $r->{content}\n" if !$r->{success};
    $token = decode_json($r->{content})->{result}{token};
}


# Milliseconds that a path takes, and what it answers.
sub ask {
    my ($path) = @_;
    my ($r, @ms);

    for (1 .. 3) {
        my $start = time;

        $r = $http->get("$url/$path", { headers => { 'X-Api-Key' => $token } });
        push @ms, 1000 * (time - $start);
        die "$path: $r->{status} $r->{content}\n" if !$r->{success};
    }
    return (median(@ms), decode_json($r->{content}));
}


sub slowest {
    my ($about, $what, $target, @paths) = @_;
    my %took = map { ($_ => (ask($_))[0]) } @paths;
    my ($which) = sort { $took{$b} <=> $took{$a} } @paths;
    my $most = $took{$which};

    row(%$about, what => "$what, ms", memory => sprintf('%.1f', $most),
        target => "<$target", reached => $most < $target, path => $which);
    printf "  %.1f ms: %s\n", $took{$_}, $_
        for sort grep { $took{$_} >= $target } @paths;
}


sub bench_api {
    my ($port, %about) = @_;
    my @pages;

    log_in($port);
    my $count = (ask('servers?only_count=true'))[1]{count};
    die "the API counts $count servers\n"
        if $count != sql('SELECT count(*) FROM server');
    for my $sort (map { ($_, "-$_") } @sorts) {
        push @pages, map { "servers?limit=100&sort=$sort&offset=$_" }
            0, int $count / 2, $count - 100;
    }
    for my $filter (@filters) {
        my $found = (ask("servers?$filter&only_count=true"))[1]{count};

        die "no server has $filter\n" if !$found;
        push @pages, map { "servers?limit=100&$filter&$_" } 'sort=id',
            'sort=-hostname&offset=' . int $found / 2, 'sort=checkin';
    }
    slowest(\%about, 'API: ' . @pages . ' pages', 50, @pages);
    slowest(\%about, 'API: search', 200,
        map { "servers?limit=100&search=$_" } @searches);
    slowest(\%about, 'API: overview', 50, 'overview');
}

1;
