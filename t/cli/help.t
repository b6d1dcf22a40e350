#!/usr/bin/perl
# Help and mistakes: the manual's usage texts line by line, argparse's words.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use EPortal::CLI;
use Test::More;

my $portal = EPortal::CLI->new;

# What the manual prints; where an option of ours stands between its lines
# the text is split.
my %manual = (
    user => [<<'END'],
usage: kc.eportal user [-h] [-a] [-c] [-d] [-p PASSWORD] [-r {admin,readonly}] [--note NOTE] [user]

list available users by default

positional arguments:
  user                  user name

optional arguments:
  -h, --help            show this help message and exit
  -a                    action: add new user
  -c                    action: change user
  -d                    action: delete user
  -p PASSWORD, --password PASSWORD
  -r {admin,readonly}, --role {admin,readonly}
  --note NOTE           description
END
    key => ["usage: kc.eportal key [-h] [-a] [-c] ", <<'END', <<'END'],
                      [--server-limit SERVER_LIMIT] [--feed FEED]
END
                      [key]

list available keys by default

positional arguments:
  key                   key name

optional arguments:
  -h, --help            show this help message and exit
  -a                    action: add new key
  -c                    action: change key
END
    feed => ["usage: kc.eportal feed [-h] [-a] [-c] ", <<'END', <<'END', <<'END'],
 [--auto] [--no-auto]
                       [--deploy-after hours]
END
                       [feed]

list available feeds by default

positional arguments:
  feed                  feed name

optional arguments:
  -h, --help            show this help message and exit
  -a                    action: add new feed
  -c                    action: change feed
END
  --auto                update feed automatically
  --no-auto             don't update feed automatically
  --deploy-after hours  deploy after specified hours
END
);
push @{ $manual{key} }, <<'END';
  --note NOTE           key description
  --server-limit SERVER_LIMIT
                        maximum number of servers allowed
  --feed FEED           feed to associate key to
END
for my $product (qw(libcare qemu)) {
    $manual{"$product deploy"} = [<<"END"];
usage: kc.eportal $product deploy [-h] [--feed FEED] [--disabled] archive

positional arguments:
  archive      path to archive

optional arguments:
  -h, --help   show this help message and exit
  --feed FEED  feed to deploy archive to
  --disabled   do not enable patchset after deploy
END
}

my %id = (user => 'USER-1', key => 'KEY-16', feed => 'FEED-15',
    'libcare deploy' => 'LIB-7', 'qemu deploy' => 'QEMU-7');
for my $command (sort keys %manual) {
    my $r = $portal->run(split(/ /, $command), '--help');
    my $rest = $r->{out};

    for my $part (@{ $manual{$command} }) {
        my $at = index $rest, $part;
        isnt($at, -1, "$id{$command}: `$command --help` prints the manual's "
            . 'lines') or diag "missing:\n$part\nin:\n$rest";
        $rest = substr $rest, $at + length $part if $at >= 0;
    }
    is($r->{exit}, 0, "$command --help succeeds");
    is($r->{err}, '', "$command --help is quiet");
}

sub help { return $portal->run(@_)->{out} }

is(help('user', '-h'), help('user', '--help'), 'USER-4: -h and --help');
like(help('user', '-h'), qr/^  user +user name$/m, 'USER-3: the operand user');
is(help('key', '-h'), help('key', '--help'), 'KEY-18: -h and --help');
is(help('feed', '-h'), help('feed', '--help'), 'FEED-17: -h and --help');
like(help(qw(libcare deploy -h)), qr/^  archive +path to archive$/m,
    'LIB-8: the operand archive');
is(help(qw(libcare deploy -h)), help(qw(libcare deploy --help)),
    'LIB-9: -h and --help');
is(help(qw(qemu deploy -h)), help(qw(qemu deploy --help)),
    'QEMU-8: -h and --help');
like(help('key', '-h'), qr/^  -d +action: delete key/m,
    'KEY-25: -d is our addition to the manual');

for my $product (qw(kcare libcare qemu db)) {
    my $group = help($product, '--help');
    for my $action (qw(deploy unroll list enable disable enable-upto
        undeploy-downto)) {
        like($group, qr/^  $product $action /m,
            "DB-2: $product has the sub-command $action");
        like(help($product, $action, '-h'),
            qr/^usage: kc\.eportal $product $action \[-h\]/,
            "DB-2: $product $action has a help");
    }
}

my $top = help('--help');
like($top, qr/^  \Q$_\E /m, "help lists $_")
    for qw(user key feed server kcare libcare qemu db config migrate routes);
like(help('--version'), qr/^kc\.eportal \d+\.\d+\.\d+$/, '--version');

# [command line, what stderr ends with]
my @mistakes = (
    [[], 'kc.eportal: error: the following arguments are required: command'],
    [['update'], qr/^kc\.eportal: error: argument command: invalid choice: 'update' \(choose from 'user', 'key', 'feed', .*'routes'\)$/m],
    [['kcare', 'no-such'], qr/invalid choice: 'no-such' \(choose from 'deploy', 'unroll', /],
    [['kcare'], qr/a command is required after 'kcare': 'deploy'/],
    [['user', '-q'], 'kc.eportal user: error: unrecognized arguments: -q'],
    [['user', '--nonsense'], 'kc.eportal user: error: unrecognized arguments: --nonsense'],
    [['user', 'a', 'b'], 'kc.eportal user: error: unrecognized arguments: b'],
    [['user', '-a', 'x', '-r', 'root'], "kc.eportal user: error: argument -r/--role: invalid choice: 'root' (choose from 'admin', 'readonly')"],
    [['user', '-a', '-p'], 'kc.eportal user: error: argument -p/--password: expected one argument'],
    [['user', '-a', '-p', 'x'], 'kc.eportal user: error: the following arguments are required: user'],
    [['user', '-a', '-c', 'x'], 'kc.eportal user: error: only one of -a, -c and -d is allowed'],
    [['user', '-c', 'x'], 'kc.eportal user: error: nothing to change: give -p, -r or --note'],
    [['key', '-a', 'x', '--server-limit', 'many'], "kc.eportal key: error: argument --server-limit: invalid int value: 'many'"],
    [['key', '-a', 'x', '--product', 'windows'], qr/error: argument --product: invalid choice: 'windows'/],
    [['key', '-d'], 'kc.eportal key: error: the following arguments are required: key'],
    [['key', '--note', 'x'], 'kc.eportal key: error: options of a key need the action -a or -c'],
    [['key', '-c', 'x', '--product', 'db', '--default-products'], qr/not allowed with argument --product/],
    [['feed', '-c', 'x', '--auto', '--no-auto'], 'kc.eportal feed: error: argument --no-auto: not allowed with argument --auto'],
    [['feed', '-c', 'x', '--auto=1'], 'kc.eportal feed: error: argument --auto: it takes no value'],
    [['feed', '-c', 'x', '--deploy-after', '1h'], "kc.eportal feed: error: argument --deploy-after: invalid int value: '1h'"],
    [['kcare', 'deploy'], 'kc.eportal kcare deploy: error: the following arguments are required: archive'],
    [['server', 'clean'], 'kc.eportal server clean: error: the following arguments are required: --inactive'],
    [['--delete'], qr/^kc\.eportal: error: /m],
    [['-a', 'x', '-d', 'y'], qr/^kc\.eportal: error: one of the actions/m],
    [['--list-servers', 'key'], 'kc.eportal: error: unrecognized arguments: key'],
);
for my $mistake (@mistakes) {
    my ($args, $message) = @$mistake;
    my $r = $portal->run(@$args);

    is($r->{exit}, 2, "`@$args` is a usage error");
    is($r->{out}, '', '... that prints nothing on stdout');
    like($r->{err}, qr/\Ausage: kc\.eportal/, '... but the usage');
    ref $message ? like($r->{err}, $message, '... and says why')
        : like($r->{err}, qr/^\Q$message\E$/m, '... and says why');
}

is_deeply([$portal->owned_by_root], [], 'nothing in the data is root\'s');

done_testing();
