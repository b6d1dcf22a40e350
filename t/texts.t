#!/usr/bin/perl
# The console's texts: each is there in English and in Japanese, is used, and
# says the same with the same values. Source: web/src/locales.

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

done_testing();
