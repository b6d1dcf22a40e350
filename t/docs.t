#!/usr/bin/perl
# The documents say what is: links lead somewhere, settings, commands, options
# and make targets are those that exist.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";

use JSON::PP ();
use EPortal::Source qw(root files slurp strings_of);
use Test::More;

my $build = $ENV{EP_BUILD} // root('build');
my $cli = "$build/kc.eportal";
my @documents = files(qr{^[^/]+\.md$|^docs/.*\.md$});


# What the console says of something, in English.
sub texts {
    my ($area) = @_;

    return JSON::PP::decode_json(slurp("web/src/locales/en/$area.json"));
}


# A heading's anchor, as GitHub makes it.
sub anchor {
    my ($heading) = @_;

    $heading = lc $heading;
    $heading =~ s/[^\w\s-]//g;
    $heading =~ s/\s/-/g;
    return $heading;
}


# Markdown without its code.
sub prose {
    my ($path) = @_;
    my $text = slurp($path);

    $text =~ s/^```.*?^```$//gms;
    $text =~ s/`[^`\n]*`//g;
    return $text;
}


subtest 'links' => sub {
    my @broken;
    my $count = 0;

    for my $path (@documents) {
        my ($dir) = $path =~ m{^(.*/)?};
        my $text = prose($path);

        while ($text =~ /\]\(([^)\s]+)\)/g) {
            my ($target, $fragment) = split /#/, $1, 2;

            $count++;
            next if $target =~ /^https?:/;
            my $file = $target eq '' ? $path : ($dir // '') . $target;
            1 while $file =~ s{[^/]+/\.\./}{};
            if (!-e root($file)) {
                push @broken, "$path: $1";
                next;
            }
            next if !defined $fragment;
            my @anchors = map { anchor($_) } slurp($file) =~ /^#+ (.*)$/gm;
            push @broken, "$path: #$fragment"
                if !grep { $_ eq $fragment } @anchors;
        }
    }
    is(join("\n", @broken), '', 'lead somewhere');
    cmp_ok($count, '>', 10, 'there are some');
    my $readme = slurp('README.md');
    is(join(' ', grep { m{^docs/(?!not-covered)} && $readme !~ /\Q$_\E/ }
            @documents), '', 'README names every document');
};

subtest 'settings' => sub {
    my $header = slurp('lib/include/eportal/config.h');
    my $manual = slurp('docs/administrator.md');
    my %types = (STRING => 'string', BOOL => 'True or False',
        INT => 'integer', LIST => 'list of strings');
    my (%there, %told, %meanings);

    $header =~ s/.*#define EP_SETTINGS\(X\)//s;
    $header =~ s/#define EP_SETTING_ID.*//s;
    $header =~ s/\\\n/\n/g;
    while ($header =~ /X\((\w+),\s*(\w+),\s*"((?:[^"\\]|\\.)*)",\s*\d,
            \s*((?:"(?:[^"\\]|\\.)*"\s*)+)\)/gx) {
        my ($name, $type, $default, $words) = ($1, $2, $3, $4);
        my $meaning = join '', $words =~ /"((?:[^"\\]|\\.)*)"/g;
        $there{$name} = "$types{$type} | `$default` | $meaning";
        $meanings{$name} = $meaning;
    }
    while ($manual =~ /^\| `([A-Z_]+)` \| (.*) \|$/gm) {
        $told{$1} = $2;
    }
    cmp_ok(scalar keys %there, '>', 5, 'the table was read');
    is_deeply(\%told, \%there, 'the manual has every setting as it is');
    is_deeply(texts('meanings'), \%meanings, 'and so has the console');
};

subtest 'actions of the audit log' => sub {
    my $entity = join '|', qw(key feed user server tag token session throttle
        patchset settings job storage database nginx audit);
    my $manual = slurp('docs/administrator.md');
    my %there;

    for my $path (files(qr{^(?:lib|kc-eportal-cli)/(?!include/).*\.c$})) {
        $there{$_} = 1 for grep { /^(?:$entity)\.[a-z-]+\z/ } strings_of($path);
    }
    cmp_ok(scalar keys %there, '>', 20, 'actions were found');
    is(join(' ', grep { index($manual, "`$_`") < 0 } sort keys %there), '',
        'the manual has them all');
    my $texts = texts('operations')->{action};
    is(join(' ', grep {
        my ($what, $done) = split /\./;
        !defined $texts->{$what}{$done};
    } sort keys %there), '', 'and so has the console');
};

subtest 'commands' => sub {
    my $page = 'docs/kc.eportal.8';
    my $text = slurp($page);
    my $help = qx($cli --help);
    my @commands = $help =~ /^commands:\n(.*)\z/ms
        ? $1 =~ /^  (\S+(?: \S+)?)  /gm : ();

    cmp_ok(scalar @commands, '>', 10, 'kc.eportal lists its commands')
        or return;
    (my $plain = qx(mandoc -T ascii @{[ root($page) ]})) =~ s/.\x08//g;
    is(qx(mandoc -T lint -W warning @{[ root($page) ]}), '',
        'the manual page has no fault');
    my %words = map { $_ => 1 } map { split } @commands;
    is(join(' ', grep { $plain !~ /\b\Q$_\E\b/ } sort keys %words), '',
        'and names every command');

    my @unknown;
    for my $command (@commands) {
        for my $option (qx($cli $command --help) =~ /(--[a-z-]+)/g) {
            push @unknown, "$command $option" if index($plain, $option) < 0;
        }
    }
    is(join("\n", @unknown), '', 'and every option');

    # What the documents tell people to type, exists.
    my (@wrong, %seen);
    for my $path (@documents) {
        my $body = slurp($path);
        while ($body =~ /(?:`|^\s*|')kc\.eportal ([a-z][a-z-]*)(?: ([a-z][a-z-]+))?/gm) {
            my ($first, $second) = ($1, $2 // '');

            next if grep { $_ eq $first || $_ eq "$first $second" } @commands;
            push @wrong, "$path: kc.eportal $first $second"
                if !$seen{"$first $second"}++;
        }
    }
    is(join("\n", @wrong), '', 'documents name commands that exist');
};

subtest 'routes' => sub {
    my $text = slurp('docs/agent-protocol.md')
        . slurp('lib/http/openapi.yaml');
    my @patterns = qx($cli routes --json) =~ /"path":\s*"((?:[^"\\]|\\.)*)"/g;
    my %words;

    for my $pattern (@patterns) {
        $pattern =~ s/\{\w+\}//g;
        $words{$_} = 1 for $pattern =~ /[a-z][a-z_-]+/g;
    }
    cmp_ok(scalar @patterns, '>', 10, 'kc.eportal lists its routes');
    is(join(' ', grep { $text !~ /\b\Q$_\E\b/ } sort keys %words), '',
        'every word of their paths is documented');
};

subtest 'make' => sub {
    my $makefile = slurp('Makefile');
    my %target = map { $_ => 1 } $makefile =~ /^([a-z][a-z-]*):(?!=)/gm;
    my $top = root();
    my $help = qx(make -s -C $top help);
    my @quiet = qw(run-tests fuzzers); # steps of others

    $makefile =~ s/\\\n/ /g;
    my ($phony) = $makefile =~ /^\.PHONY:\s*(.*)$/m;
    is(join(' ', grep { !$target{$_} } split ' ', $phony), '',
        'every phony target is there');
    is(join(' ', grep { $help !~ /^  \Q$_\E /m && "@quiet" !~ /\b\Q$_\E\b/ }
            split ' ', $phony), '', 'and make help tells of it');

    my @wrong;
    for my $path (@documents, '.ci/run') {
        my $text = slurp($path);
        push @wrong, map { "$path: make $_" } grep { !$target{$_} }
            $text =~ /(?:`|^|sudo )make ([a-z][a-z-]+)(?=[`\s])/gm;
    }
    is(join("\n", @wrong), '', 'documents name targets that exist');
};

subtest 'README and .ci/run test the same' => sub {
    my ($block) = slurp('README.md') =~ /^Tests run as\n\n```\n(.*?)^```/ms;
    my @told = defined $block ? $block =~ /^sudo make (\S+)$/gm : ();
    my ($list) = slurp('.ci/run') =~ /^for target in (.*); do$/m;

    is_deeply([ split ' ', $list // '' ], \@told, 'commands are the same');
    cmp_ok(scalar @told, '==', 2, 'two of them');
};

done_testing();
