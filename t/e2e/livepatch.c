/*
 * livepatch.c - the smallest real live patch: /proc/cmdline reads differently.
 *
 * Built once a level with -DPATCH_LEVEL=n.  `replace` lets a higher level take
 * over from a lower one without an unload in between, which is how an agent
 * moves a running kernel forward.
 */

#include <linux/kernel.h>
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/seq_file.h>


static int
patched_cmdline_proc_show(struct seq_file *m, void *v)
{
    seq_printf(m, "live patched to level %d\n", PATCH_LEVEL);
    return 0;
}


static struct klp_func funcs[] = {
    {
        .old_name = "cmdline_proc_show",
        .new_func = patched_cmdline_proc_show,
    },
    {}
};

/* No name: the object is the kernel itself. */
static struct klp_object objects[] = {
    { .funcs = funcs },
    {}
};

static struct klp_patch patch = {
    .mod = THIS_MODULE,
    .objs = objects,
    .replace = true,
};


static int __init
patch_init(void)
{
    return klp_enable_patch(&patch);
}


static void __exit
patch_exit(void)
{
}


module_init(patch_init);
module_exit(patch_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("ePortal end-to-end test patch");
MODULE_INFO(livepatch, "Y");
