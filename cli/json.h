/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * json.h - members of JSON objects that may not be there
 */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <jansson.h>

/* "" if there is none. */
static inline const char *json_text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* 0 if there is none. */
static inline json_int_t json_number_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

#endif
