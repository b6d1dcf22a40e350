#!/usr/bin/perl
# The manual's recipe for portals without a way out: what one has and the
# other has not is found, carried over and deployed. The very lines of
# docs/administrator.md run here, with ssh and rsync that stay on this host.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use File::Temp qw(tempdir);

use EPortal::CLI qw(build_file make_archive);
use EPortal::Source qw(slurp);
use Test::More;

my %portal = map { $_ => EPortal::CLI->new } qw(eportal-test eportal-prod);
my $dir = tempdir(CLEANUP => 1);
my @old = qw(K04082020_1);
my @new = qw(K29012021_2 K20251119_03);


sub spew {
    my ($path, $text) = @_;

    open(my $fh, '>', $path) or die "$path: $!\n";
    print {$fh} $text;
    close($fh) or die "$path: $!\n";
    chmod 0755, $path;
    return;
}


# Shell that maps a host's paths to its instance: /var/lib/eportal and /tmp.
sub host_paths {
    my ($variable) = @_;
    my $text = '';

    for my $host (sort keys %portal) {
        mkdir "$dir/$host";
        $text .= "[ \$host = $host ] && $variable=\$(printf %s \"\$$variable\""
            . " | sed -e 's,/tmp/,$dir/$host/,g'"
            . " -e 's,/var/lib/eportal,$portal{$host}{data},g')\n";
    }
    return $text;
}


sub patchsets {
    my ($host) = @_;
    my $r = $portal{$host}->run('kcare', 'list');

    return [ $r->{out} =~ /^(K\d+_\d+) +enabled /gm ];
}


mkdir "$dir/bin";
my $configs = join '', map {
    "[ \$host = $_ ] && export EPORTAL_CONFIG=$portal{$_}{config}\n"
} sort keys %portal;
my $program = build_file('kc.eportal');
spew("$dir/bin/ssh", "#!/bin/sh\nhost=\$1\ncommand=\$2\n" . host_paths('command')
    . $configs . "PATH=$dir/bin:\$PATH exec sh -c \"\$command\"\n");
spew("$dir/bin/kc.eportal", "#!/bin/sh\nexec $program \"\$@\"\n");
spew("$dir/bin/rsync", <<"END");
#!/bin/sh
# rsync -a FROM TO: a directory's contents, or a file; either may be HOST:PATH.
[ \$# = 3 ] && [ "\$1" = -a ] || exit 1
local_path() {
    path=\$1
    host=
    case \$path in *:*) host=\${path%%:*} path=\${path#*:} ;; esac
    @{[ host_paths('path') ]}
    printf %s "\$path"
}
from=\$(local_path "\$2")
to=\$(local_path "\$3")
mkdir -p "\$to"
case \$from in */) from=\$from. ;; esac
exec cp -R "\$from" "\$to"
END

for my $host (sort keys %portal) {
    for my $name (@old, $host eq 'eportal-test' ? @new : ()) {
        my $archive = make_archive('kernel', $name, "$dir/$name.tar.bz2");
        my $r = $portal{$host}->run('kcare', 'deploy', $archive);
        is($r->{exit}, 0, "$host has $name") or diag $r->{err};
    }
}

my ($recipe) = slurp('docs/administrator.md')
    =~ /^## Carrying patchsets.*?^```bash\n(.*?)^```/ms;
ok(defined $recipe, 'the manual has the recipe');
is_deeply(patchsets('eportal-prod'), \@old, 'CLI-6: one portal is behind');

mkdir "$dir/work";
spew("$dir/recipe", "set -eu\ncd $dir/work\n$recipe");
my $out = qx(PATH=$dir/bin:\$PATH timeout 60 bash $dir/recipe 2>&1 < /dev/null);
is($?, 0, 'CLI-10, TRAP-8: the lines run as they are written') or diag $out;

open(my $fh, '<', "$dir/work/patchsets.diff") or die "patchsets.diff: $!\n";
my @diff = sort <$fh>;
close($fh);
is_deeply(\@diff, [ sort map { "$_.tar.bz2\n" } @new ],
    'CLI-9: what is missing is found by name');
is_deeply(patchsets('eportal-prod'), patchsets('eportal-test'),
    'CLI-6: then both have the same');
my @enabled = $out =~ / - eportal\.patches - INFO - (\w+) was enabled in main$/gm;
is_deeply(\@enabled, \@new, 'CLI-11, CLI-12: deployed and enabled, oldest first');

done_testing();
