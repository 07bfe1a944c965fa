/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * suggest.c - "did you mean": the name nearest to one that is none
 *
 * Near is a third of the letters inserted, deleted, replaced or swapped with
 * their neighbour; or a beginning of at least three letters.
 */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "suggest.h"

#define MAX_WORD	96u

/* Capitals are typed wrong more often than they matter. */
static bool same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/*
 * Row by row of the table of distances between all beginnings:
 *
 *	d[i][j] = min(d[i-1][j] + 1, d[i][j-1] + 1, d[i-1][j-1] + (a != b),
 *		      d[i-2][j-2] + 1 if the last two letters are swapped)
 */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int rows[3][MAX_WORD + 1];
	unsigned int n = (unsigned int)strlen(a), m = (unsigned int)strlen(b);
	unsigned int i, j;

	if (n > MAX_WORD || m > MAX_WORD)
		return MAX_WORD;
	for (j = 0; j <= m; j++)
		rows[0][j] = j;
	for (i = 1; i <= n; i++) {
		unsigned int *now = rows[i % 3];
		const unsigned int *last = rows[(i + 2) % 3];

		now[0] = i;
		for (j = 1; j <= m; j++) {
			now[j] = least(least(last[j], now[j - 1]) + 1,
				       last[j - 1] + !same(a[i - 1], b[j - 1]));
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) &&
			    same(a[i - 2], b[j - 1]))
				now[j] = least(now[j],
					       rows[(i + 1) % 3][j - 2] + 1);
		}
	}
	return rows[n % 3][m];
}

void suggest_begin(struct suggestion *suggestion, const char *word)
{
	suggestion->word = word;
	suggestion->best[0] = '\0';
	suggestion->distance = (unsigned int)strlen(word) / 3 + 1;
}

void suggest(struct suggestion *suggestion, const char *name)
{
	size_t length = strlen(suggestion->word);
	unsigned int d = distance(suggestion->word, name);

	if (length >= 3 && !strncmp(name, suggestion->word, length))
		d = 1;
	if (d >= suggestion->distance && (d > 1 || suggestion->best[0]))
		return;
	if (strlen(name) >= sizeof(suggestion->best))
		return;
	strcpy(suggestion->best, name);
	suggestion->distance = d;
}

void suggest_print(FILE *out, const struct suggestion *suggestion)
{
	if (suggestion->best[0])
		fprintf(out, "; did you mean '%s'?", suggestion->best);
}
