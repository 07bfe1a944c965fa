/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * program_file.c - program files in either form
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fuzz/program.h>

static int read_all(int fd, uint8_t *data, size_t size, size_t *length)
{
	ssize_t n;

	*length = 0;
	while (*length < size) {
		n = read(fd, data + *length, size - *length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			return 0;
		*length += (size_t)n;
	}
	n = read(fd, &(char){ 0 }, 1);
	return n < 0 ? -errno : n ? -EFBIG : 0;
}

int program_read_file(const char *path, uint8_t *data, size_t size,
		      size_t *length)
{
	struct stat st;
	int fd, rc;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (!fstat(fd, &st) && S_ISDIR(st.st_mode))
		rc = -EISDIR;
	else
		rc = read_all(fd, data, size, length);
	close(fd);
	return rc;
}

/* Text begins with a comment or with `vtb`, after blank lines if need be. */
static bool looks_like_text(const uint8_t *data, size_t size)
{
	while (size && strchr(" \t\r\n", *data ? *data : 'x')) {
		data++;
		size--;
	}
	return size && (*data == '#' || (size >= 3 && !memcmp(data, "vtb", 3)));
}

static int read_program(const char *path, uint8_t *data, size_t *size,
			char *error, size_t error_size)
{
	int rc = program_read_file(path, data, PROGRAM_MAX_FILE, size);

	if (rc == -EFBIG)
		snprintf(error, error_size,
			 "%s: offset %u: oversized: expected at most %u bytes",
			 path, PROGRAM_MAX_FILE, PROGRAM_MAX_FILE);
	else if (rc)
		snprintf(error, error_size, "%s: %s", path, strerror(-rc));
	return rc == -EFBIG ? -EINVAL : rc;
}

int program_load(struct program *program,
		 const struct world_type *const *types, const char *path,
		 char *error, size_t error_size)
{
	static uint8_t data[PROGRAM_MAX_FILE];
	size_t size;
	int rc;

	rc = read_program(path, data, &size, error, error_size);
	if (rc)
		return rc;
	if (looks_like_text(data, size))
		return program_parse(program, types, path, (char *)data, size,
				     error, error_size);
	return program_decode_strict(program, types, path, data, size, error,
				     error_size);
}

/* -- what a file says without an op table -- */

/* The first line that begins with @word: what follows the blank. */
static const char *line_after(const char *text, const char *word)
{
	size_t n = strlen(word);

	while (text) {
		if (!strncmp(text, word, n) && text[n] == ' ')
			return text + n + 1;
		text = strchr(text, '\n');
		if (text)
			text++;
	}
	return NULL;
}

static const char *copy_word(char *to, size_t size, const char *from)
{
	size_t n;

	to[0] = '\0';
	if (!from)
		return NULL;
	n = strcspn(from, " \t\r\n");
	if (n < size) {
		memcpy(to, from, n);
		to[n] = '\0';
	}
	return from[n] == ' ' ? from + n + 1 : NULL;
}

/* The expectation for all implementations: no ` in IMPLEMENTATION` follows. */
static const char *expect_line(const char *text)
{
	const char *line = line_after(text, "expect");

	while (line) {
		size_t n = strcspn(line, " \t\r\n");

		if (strncmp(line + n, " in ", 4))
			return line;
		line = line_after(line, "expect");
	}
	return NULL;
}

static int peek_text(struct program_peek *peek, const char *text)
{
	const char *build;

	peek->text = true;
	copy_word(peek->world, sizeof(peek->world), line_after(text, "world"));
	copy_word(peek->expect, sizeof(peek->expect), expect_line(text));
	build = copy_word(peek->implementation, sizeof(peek->implementation),
			  line_after(text, "from"));
	copy_word(peek->build, sizeof(peek->build), build);
	peek->world_hash = program_world_hash(peek->world);
	return peek->world[0] ? 0 : -EINVAL;
}

/* Offsets of the byte format, see program_bytes.c. */
#define OFFSET_WORLD	4
#define OFFSET_FLAGS	12
#define OFFSET_STRATEGY	21
#define OFFSET_META	(24 + 2 * PROGRAM_NR_FAULTS)
#define PCT_BYTES	5	/* only with that strategy */
#define FLAG_META	1
#define FLAG_ADVERSARY	16
#define ADVERSARY_BYTES	3	/* only with that flag */

static size_t peek_string(char *to, size_t room, const uint8_t *data,
			  size_t size, size_t pos)
{
	size_t n;

	to[0] = '\0';
	if (pos >= size)
		return size;
	n = data[pos++];
	if (n > size - pos || n >= room)
		return size;
	memcpy(to, data + pos, n);
	to[n] = '\0';
	return pos + n;
}

static int peek_bytes(struct program_peek *peek, const uint8_t *data,
		      size_t size)
{
	size_t pos = OFFSET_META;

	if (size < OFFSET_META || memcmp(data, PROGRAM_MAGIC, 3))
		return -EINVAL;
	memcpy(&peek->world_hash, data + OFFSET_WORLD, 4);
	if (!(data[OFFSET_FLAGS] & FLAG_META))
		return 0;
	if (data[OFFSET_STRATEGY] == SIM_PCT)
		pos += PCT_BYTES;
	if (data[OFFSET_FLAGS] & FLAG_ADVERSARY)
		pos += ADVERSARY_BYTES;
	pos = peek_string(peek->expect, sizeof(peek->expect), data, size, pos);
	pos = peek_string(peek->implementation, sizeof(peek->implementation),
			  data, size, pos);
	peek_string(peek->build, sizeof(peek->build), data, size, pos);
	return 0;
}

int program_peek(struct program_peek *peek, const char *path, char *error,
		 size_t error_size)
{
	static uint8_t data[PROGRAM_MAX_FILE + 1];
	size_t size;
	int rc;

	memset(peek, 0, sizeof(*peek));
	rc = read_program(path, data, &size, error, error_size);
	if (rc)
		return rc;
	data[size] = '\0';
	if (looks_like_text(data, size))
		rc = peek_text(peek, (char *)data);
	else
		rc = peek_bytes(peek, data, size);
	if (rc)
		snprintf(error, error_size,
			 "%s: offset 0: not a vtb program: expected the magic "
			 "\"VTB\" or a line 'vtb %d' and a line 'world NAME'",
			 path, PROGRAM_VERSION);
	return rc;
}
