#!/usr/bin/perl
# The console's texts: each is there in English and in Japanese, is used, and
# says the same with the same values; errors of the API have one, and words of
# the manual stay its words. Source: web/src/locales.

use strict;
use warnings;
use utf8;

use FindBin;
use lib "$FindBin::RealBin/lib";

use EPortal::Source qw(root files slurp);
use JSON::PP ();
use Test::More;

binmode Test::More->builder->$_, ':utf8' for qw(output failure_output);

# The same in both languages, because they are names and not words.
my $SAME = qr/\A[\W\d_]*\z|\A(?:\{\{\w+\}\}|[\W\d_]|ePortal|KernelCare|LibCare|QEMUcare|QEMUCare|DBCare|LDAP|URL|CVE|IP|ID|API|OpenAPI|SHA-256|SSO|CSV|JSON|PatternFly|SQLite|nginx|React|Apache-2\.0|UTC|CPU|Ansible|OIDC|TLS|Active Directory|Client ID|Sign-in redirect URI|Sign-out redirect URI|base|scope|filter|English|日本語)+\z/;

# Words of the manual (Japanese), and what else they could be called.
my %GLOSSARY = (
    'チャネル' => qr/チャンネル/, # not in the manual: one of the two
    'デフォルト' => qr/既定|初期値/,
    '展開' => qr/デプロイ/,
    'サーバー' => qr/サーバ(?!ー)/,
    'ユーザー' => qr/ユーザ(?!ー)/,
    'フィルター' => qr/フィルタ(?!ー|リング)/,
    'エージェント' => qr/エイジェント/,
    'パッチセット' => qr/パッチ[・ ]セット/,
    'パッチソース' => qr/パッチ(?:の)?(?:取得|配布)元/,
    'ディストリビューション' => qr/ディストロ|ディストリ(?!ビューション)/,
    'フィード' => qr/フィド|配信元/,
    '読み取り専用' => qr/読取専用|リードオンリー/
);

# Codes of errors that have no text of their own, with the reason. The console
# shows them in its "error.other", with the portal's own sentence.
my %NO_TEXT = (
    'names a file or a call of the system that failed, as the log does' => [qw(
        archive archive-exists archive-write bad-path daemon-lock data-dir
        dir-create dir-open dir-read dir-sync disk envdir envdir-too-large
        file-copy file-create file-lock file-mode file-open file-read
        file-remove file-rename file-too-large file-type file-write
        import-lock list-file long-path mode no-config no-directory no-pem
        no-storage owner path-too-long random remove source-lock write-lock
    )],
    'a bug or a damage: the sentence is for who mends it' => [qw(
        audit-detail audit-row bad-default bad-hash bad-transaction
        constraint crypt digest exists ldap-options libarchive matrix
        meta-value metrics migration no-transaction read-only spool-in-loop
        statement-in-use too-many-settings unexpected-row wrong-blocks
    )],
    'asks for what no page of the console offers' => [qw(
        bad-action bad-channel bad-limit bad-offset bad-origin bad-product
        bad-role bad-session method-not-allowed no-session
        secret-in-address token-by-token
    )],
    'is for agents, which ask other addresses' => [qw(
        fetching invalid-key no-level unknown-object
    )],
    'happens to the command or the daemon: pages show it as a result' => [qw(
        bad-age bad-archive bad-metadata daemon-running level-conflict
        no-archives no-metadata patchset-exists sign source-checksum
        source-settings tags too-many-feeds too-many-names two-archives
        usage wrong-product
    )]
);


# name => text of a file, "a.b" for nested ones.
sub flatten {
    my ($node, $prefix, $into) = @_;

    for my $key (keys %$node) {
        my $name = "$prefix$key";
        if (ref $node->{$key}) {
            flatten($node->{$key}, "$name.", $into);
        } else {
            $into->{$name} = $node->{$key};
        }
    }
    return $into;
}


# Names that stand twice in one object: a parser silently takes the last.
sub twice {
    my ($json) = @_;
    my (@open, @twice);

    while ($json =~ /\G[\s,]*(?:"((?:[^"\\]|\\.)*)"\s*(:)?|([{}]))\s*/gc) {
        if (defined $3) {
            $3 eq '{' ? push(@open, {}) : pop @open;
        } elsif (defined $2 && $open[-1]{$1}++) {
            push @twice, $1;
        }
    }
    return (@twice, pos($json) == length $json ? () : 'what is not understood');
}


# code => a file that raises it: the words before the sentence of a failure,
# and the tables that a client's failures take them from.
sub codes {
    my %codes;

    for my $path (files(qr{^lib/.*\.c$})) {
        my $source = slurp($path);
        my $note = sub {
            for my $literal ($_[0] =~ /"((?:[^"\\]|\\.)*)"/g) {
                $literal =~ /\A[a-z][a-z0-9]*(?:-[a-z0-9]+)*\z/ or last;
                $codes{$literal} = $path;
            }
        };
        $note->($1) while $source =~ /\bep_err_(?:set|errno)\(([^;]*);/g;
        $note->($1) while $source =~ /\bep_answer_error\(([^;]*);/g;
        $note->($1) while $source =~ /\.codes = \{([^}]*)\}/g;
    }
    return \%codes;
}


sub texts {
    my ($language) = @_;
    my %texts;

    for my $path (files(qr{^web/src/locales/$language/\w+\.json$})) {
        my ($area) = $path =~ m{(\w+)\.json$};
        my $file = flatten(JSON::PP->new->utf8->decode(slurp($path)), '', {});
        $texts{"$area:$_"} = $file->{$_} for keys %$file;
    }
    return \%texts;
}


# English has one and other, Japanese the same word for any number.
sub without_number {
    my ($name) = @_;

    return $name =~ s/_(?:zero|one|two|few|many|other)\z//r;
}


sub values_of {
    my ($text) = @_;
    my %seen = map { $_ => 1 } $text =~ /\{\{-?\s*(\w+)/g;

    delete $seen{count}; # "one server" needs no number
    return join ' ', sort keys %seen;
}

my ($en, $ja) = (texts('en'), texts('ja'));
my %english = map { without_number($_) => $en->{$_} } sort keys %$en;
my %japanese = map { without_number($_) => $ja->{$_} } sort keys %$ja;

cmp_ok(scalar keys %english, '>', 50, 'there are texts');
is(join("\n", grep { !exists $japanese{$_} } sort keys %english), '',
    'every text is there in Japanese');
is(join("\n", grep { !exists $english{$_} } sort keys %japanese), '',
    'and every Japanese one in English');
is(join("\n", grep { !/\S/ } values %$en, values %$ja), '', 'none is empty');
is(join("\n", map { "$_: $english{$_}" } grep {
    $english{$_} eq ($japanese{$_} // '') && $english{$_} !~ $SAME
        && $english{$_} !~ m{\A[\w.%:/=<>'"\$\\()?&,*\[\]{}@ -]*[=%/][^ ]*\z}
} sort keys %english), '', 'Japanese ones are Japanese');
is(join("\n", grep {
    values_of($english{$_}) ne values_of($japanese{$_} // $english{$_})
} sort keys %english), '', 'both name the same values');

# ---- what the sources use ----

my (%used, %groups, %asked, %started);
for my $path (files(qr{^web/src/.*\.tsx?$})) {
    my $code = slurp($path);
    my ($area) = $code =~ /useTranslation\(\s*\[?'([\w-]+)'/;
    $area //= 'common';

    my $note = sub {
        my ($key) = @_;
        my $group = $key =~ s/\$\{.*//s;
        my $full = $key =~ /:/ ? $key : "$area:$key";

        if ($group) {
            $groups{$full} = $path;
        } else {
            $used{$full} = $path;
        }
    };
    # t('key'), t(`group.${x}`), t(a ? 'x' : 'y'), i18nKey="key"
    while ($code =~ /\bt\(\s*((?:[^()'"`]|'[^'\n]*'|`[^`]*`|\([^()]*\))*)/g) {
        my $arguments = $1;
        $arguments =~ s/[!=]== '[^']*'//g; # compared, not asked for
        my ($first) = $arguments =~ /\A((?:[^,'`{]|'[^']*'|`[^`]*`)*)/;
        $note->($2) while $first =~ /(['`])([\w.:-]+(?:\$\{.*?)?[^'`]*)\1/g;
    }
    $note->($1) while $code =~ /i18nKey=\{?["'`]([^"'`]+)["'`]/g;
    # Keys that travel in data, "area:key" or "key": they count as asked for.
    while ($code =~ /['`"]([\w-]+(?:[.:][\w-]+)*)['`"]/g) {
        my $key = $1;
        $asked{ $key =~ /:/ ? $key : "$area:$key" } = 1;
    }
    while ($code =~ /`((?:\w+:)?\w+[\w.-]*\.)\$\{/g) {
        my $group = $1;
        $started{ $group =~ /:/ ? $group : "$area:$group" } = 1;
    }
}

is(join("\n", map { "$_ ($used{$_})" } grep { !exists $english{$_} }
    sort keys %used), '', 'every text that is used is there');
is(join("\n", map { "$_ ($groups{$_})" } grep {
    my $group = $_;
    !grep { index($_, $group) == 0 } keys %english
} sort keys %groups), '', 'and every group of them');

my @unused = grep {
    my $name = $_;
    !$used{$name} && !$asked{$name}
        && !grep { index($name, $_) == 0 } keys %groups, keys %started;
} sort keys %english;
is(join("\n", @unused), '', 'every text that is there is used');

is(join("\n", map { my $path = $_; map { "$path: $_" } twice(slurp($path)) }
    files(qr{^web/src/locales/.*\.json$})), '', 'no name stands twice');

# ---- the manual's words ----

my @other_words;
for my $term (sort keys %GLOSSARY) {
    push @other_words, map { "$_: $ja->{$_} (the word is $term)" }
        grep { $ja->{$_} =~ $GLOSSARY{$term} } sort keys %$ja;
}
is(join("\n", @other_words), '', 'a thing has one Japanese name');

# ---- jobs of the daemon ----

my @jobs = slurp('lib/ops/jobs.c') =~ /^    \{ "([\w-]+)", EP_LANE_/mg;
cmp_ok(scalar @jobs, '>', 5, 'jobs are found');
is(join(' ', grep { !$english{"operations:jobs.name.$_"}
    || !$english{"operations:jobs.does.$_"} } @jobs), '',
    'every job has a name, and says what it does');

# ---- errors of the API ----

my $codes = codes();
my %excused = map { $_ => 1 } map { @$_ } values %NO_TEXT;
my $has_text = sub {
    return $english{"common:error.$_[0]"} || $english{"settings:problem.$_[0]"};
};

cmp_ok(scalar keys %$codes, '>', 150, 'codes of errors are found');
is(join("\n", map { "$_ ($codes->{$_})" }
    grep { !$has_text->($_) && !$excused{$_} } sort keys %$codes), '',
    'every code of the API has a text, or a reason to have none');
is(join("\n", grep { $has_text->($_) || !$codes->{$_} } sort keys %excused),
    '', 'and no reason is left over');
my $sources = join '', map { slurp($_) } files(
    qr{^(?:lib|ngx_eportal_module)/.*\.c$|^web/src/(?:api/client|components/errors)\.ts$});
is(join("\n", grep { index($sources, $_) < 0 }
    map { /^common:error\.(.*)/ ? $1 : () } sort keys %english), '',
    'every text of an error is of a code that there is');

done_testing();
