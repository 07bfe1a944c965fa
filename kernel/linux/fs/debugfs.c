// SPDX-License-Identifier: GPL-2.0-only
/*
 * debugfs.c - files of debugfs that hold one number
 *
 * What drivers tell about themselves. A file is found by its path and read
 * through the operations it was made with, so the driver's own function runs.
 * Nothing fails: a driver must not care, and nobody looks but the bench.
 */
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <vtb/runtime.h>

#define MAX_NAME	32

/* Only what the code under test keeps: a name it can pass as a parent. */
struct node {
	struct dentry dentry;
	struct node *next;
	struct node *parent;
	char name[MAX_NAME];
	void *data;
	const struct file_operations *ops;	/* NULL: a directory or a ulong */
	bool is_number;
};

/* What is behind an open file. */
struct attribute_file {
	void *data;
	int (*get)(void *data, u64 *value);
};

static struct node *nodes;

static struct node *new_node(const char *name, struct dentry *parent)
{
	struct node *node = vtb_instance_alloc(sizeof(*node), 8);

	vtb_assert(strlen(name) < MAX_NAME);
	strcpy(node->name, name);
	node->parent = IS_ERR_OR_NULL(parent) ? NULL :
		       container_of(parent, struct node, dentry);
	node->next = nodes;
	nodes = node;
	return node;
}

struct dentry *debugfs_create_dir(const char *name, struct dentry *parent)
{
	return &new_node(name, parent)->dentry;
}
EXPORT_SYMBOL_GPL(debugfs_create_dir);

struct dentry *debugfs_create_file(const char *name, umode_t mode,
				   struct dentry *parent, void *data,
				   const struct file_operations *fops)
{
	struct node *node = new_node(name, parent);

	node->data = data;
	node->ops = fops;
	return &node->dentry;
}
EXPORT_SYMBOL_GPL(debugfs_create_file);

void debugfs_create_ulong(const char *name, umode_t mode,
			  struct dentry *parent, unsigned long *value)
{
	struct node *node = new_node(name, parent);

	node->data = value;
	node->is_number = true;
}
EXPORT_SYMBOL_GPL(debugfs_create_ulong);

int simple_attr_open(struct inode *inode, struct file *file,
		     int (*get)(void *, u64 *), int (*set)(void *, u64),
		     const char *fmt)
{
	struct attribute_file *attribute = file->private_data;

	attribute->data = inode->i_private;
	attribute->get = get;
	return 0;
}
EXPORT_SYMBOL_GPL(simple_attr_open);

int simple_attr_release(struct inode *inode, struct file *file)
{
	return 0;
}
EXPORT_SYMBOL_GPL(simple_attr_release);

/* Reads and writes as text: the bench asks for the number. */
ssize_t debugfs_attr_read(struct file *file, char __user *buf, size_t len,
			  loff_t *ppos)
{
	vtb_unmodelled_case("debugfs_attr_read", "as text");
}
EXPORT_SYMBOL_GPL(debugfs_attr_read);

ssize_t debugfs_attr_write(struct file *file, const char __user *buf,
			   size_t len, loff_t *ppos)
{
	vtb_unmodelled_case("debugfs_attr_write", "as text");
}
EXPORT_SYMBOL_GPL(debugfs_attr_write);

/* -- for the bench -- */

static struct node *find(const char *directory, const char *name)
{
	struct node *node;

	for (node = nodes; node; node = node->next)
		if (node->parent && !strcmp(node->parent->name, directory) &&
		    !strcmp(node->name, name))
			return node;
	return NULL;
}

static int read_attribute(const struct node *node, u64 *value)
{
	static struct inode inode;
	static struct file file;
	struct attribute_file attribute = { 0 };
	int rc;

	inode.i_private = node->data;
	file.private_data = &attribute;
	rc = node->ops->open(&inode, &file);
	if (!rc)
		rc = attribute.get(attribute.data, value);
	file.private_data = NULL;
	return rc;
}

int vtb_debugfs_number(const char *directory, const char *name,
		       unsigned long long *value)
{
	const struct node *node = find(directory, name);

	if (!node || (!node->ops && !node->is_number))
		return -ENOENT;
	if (!node->is_number)
		return read_attribute(node, value);
	*value = *(unsigned long *)node->data;
	return 0;
}
