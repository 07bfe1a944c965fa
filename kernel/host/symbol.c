/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * symbol.c - names of functions and static variables of this executable
 *
 * Reads the symbol table of the running file once. That is a cache of the
 * process: executables are not PIE, so a symbol's value is its address, and
 * the table never changes.
 */
#include <elf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

extern char __vtb_cut_start[], __vtb_cut_stop[];

#define CALL_OPCODE	0xe8
#define CALL_BYTES	5

struct symbol {
	uintptr_t start;
	size_t bytes;
	const char *name;
	bool global;
};

static struct {
	bool tried;
	struct symbol *symbols;		/* by start */
	size_t nr;
} table;

static const void *map_self(size_t *bytes)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	void *file = MAP_FAILED;
	struct stat st;

	if (fd < 0)
		return NULL;
	if (!fstat(fd, &st)) {
		*bytes = st.st_size;
		file = mmap(NULL, *bytes, PROT_READ, MAP_PRIVATE, fd, 0);
	}
	close(fd);
	return file == MAP_FAILED ? NULL : file;
}

static const Elf64_Shdr *find_symtab(const Elf64_Ehdr *elf)
{
	const Elf64_Shdr *sections;
	unsigned int i;

	sections = (const void *)((const char *)elf + elf->e_shoff);
	for (i = 0; i < elf->e_shnum; i++)
		if (sections[i].sh_type == SHT_SYMTAB)
			return &sections[i];
	return NULL;
}

/* A function or variable that is really in memory. */
static bool is_named(const Elf64_Ehdr *elf, const Elf64_Sym *sym)
{
	unsigned int type = ELF64_ST_TYPE(sym->st_info);
	const Elf64_Shdr *sections;

	if ((type != STT_FUNC && type != STT_OBJECT) || !sym->st_size ||
	    sym->st_shndx == SHN_UNDEF || sym->st_shndx >= elf->e_shnum)
		return false;
	sections = (const void *)((const char *)elf + elf->e_shoff);
	return sections[sym->st_shndx].sh_flags & SHF_ALLOC;
}

/* At one address: the longest first, then by name, so that order is total. */
static int compare(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	if (x->bytes != y->bytes)
		return x->bytes > y->bytes ? -1 : 1;
	return strcmp(x->name, y->name);
}

static void load(void)
{
	const Elf64_Shdr *symtab, *strtab;
	const Elf64_Sym *sym;
	const char *names;
	const char *elf;
	size_t bytes = 0, i, nr;

	table.tried = true;
	elf = map_self(&bytes);
	if (!elf)
		return;
	symtab = find_symtab((const Elf64_Ehdr *)elf);
	if (!symtab)
		return;
	strtab = (const Elf64_Shdr *)(elf + ((const Elf64_Ehdr *)elf)->e_shoff);
	strtab += symtab->sh_link;
	names = elf + strtab->sh_offset;
	sym = (const Elf64_Sym *)(elf + symtab->sh_offset);
	nr = symtab->sh_size / sizeof(*sym);
	table.symbols = calloc(nr, sizeof(*table.symbols));
	if (!table.symbols)
		return;
	for (i = 0; i < nr; i++)
		if (is_named((const Elf64_Ehdr *)elf, &sym[i]))
			table.symbols[table.nr++] = (struct symbol){
				sym[i].st_value, sym[i].st_size,
				names + sym[i].st_name,
				ELF64_ST_BIND(sym[i].st_info) != STB_LOCAL,
			};
	qsort(table.symbols, table.nr, sizeof(*table.symbols), compare);
}

/* The last symbol that starts at or before @at; the longest of these. */
static const struct symbol *lookup(uintptr_t at)
{
	size_t first = 0, end = table.nr;
	const struct symbol *symbol;

	while (first < end) {
		size_t middle = first + (end - first) / 2;

		if (table.symbols[middle].start <= at)
			first = middle + 1;
		else
			end = middle;
	}
	if (!first)
		return NULL;
	symbol = &table.symbols[first - 1];
	while (symbol > table.symbols && symbol[-1].start == symbol->start)
		symbol--;
	return symbol;
}

/*
 * A call that does not return may be the last instruction of its function; then
 * the return address is the first byte after it, where another may begin.
 */
static bool is_after_call(uintptr_t at)
{
	return ((const uint8_t *)at)[-CALL_BYTES] == CALL_OPCODE;
}

bool kernel__is_cut(const void *pc)
{
	uintptr_t at = (uintptr_t)pc;

	return at >= (uintptr_t)__vtb_cut_start &&
	       at <= (uintptr_t)__vtb_cut_stop;
}

static const struct symbol *symbol_of(uintptr_t at)
{
	const struct symbol *symbol;

	if (!table.tried)
		load();
	symbol = lookup(at);
	if (symbol && symbol->start == at && symbol > table.symbols &&
	    symbol[-1].start + symbol[-1].bytes == at && is_after_call(at))
		symbol--;
	if (!symbol || at - symbol->start > symbol->bytes)
		return NULL;
	return symbol;
}

const char *kernel_symbol(const void *pc, bool *cut)
{
	const struct symbol *symbol = symbol_of((uintptr_t)pc);

	if (cut)
		*cut = kernel__is_cut(pc);
	return symbol ? symbol->name : "?";
}

const char *kernel_entry_point(const void *pc)
{
	const struct symbol *symbol = symbol_of((uintptr_t)pc);

	if (!symbol || !symbol->global || !kernel__is_cut(pc))
		return NULL;
	return symbol->name;
}

/*
 * A call is e8 and a distance of 32 bits. Bytes that only look like one would
 * have to lead to the very beginning of a function.
 */
void kernel_calls_under_test(void (*call)(void *arg, const void *site,
					  const char *callee), void *arg)
{
	const char *at;

	for (at = __vtb_cut_start; at + CALL_BYTES <= __vtb_cut_stop; at++) {
		const struct symbol *callee;
		int32_t distance;

		if (*(const uint8_t *)at != CALL_OPCODE)
			continue;
		memcpy(&distance, at + 1, sizeof(distance));
		callee = symbol_of((uintptr_t)at + CALL_BYTES + distance);
		if (callee && callee->start ==
			      (uintptr_t)at + CALL_BYTES + distance)
			call(arg, at + CALL_BYTES, callee->name);
	}
}
