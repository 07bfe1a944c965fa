/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Event channels and xenstore, spoken to as a guest does: by hypercalls, and by
 * bytes in the store's page.
 */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>
#include <models/xen_event.h>
#include <models/xen_store.h>

enum { GUEST = 1, PEER = 2, FRAMES = 16, SHARED = 3, CALL = 5, LINE = 9 };

static struct {
	struct sim *sim;
	struct machine *guest, *peer;
	struct xen *xen;
	struct xen_store *store;
	const char *oracle;		/* of the first complaint */
	unsigned int upcalls;
	uint32_t told;			/* port of the last event of the peer */
	unsigned int changes;
	char answer[256];		/* body of the last message */
	struct xs_header header;
} t;

static void complain(void *arg, const struct xen_complaint *complaint)
{
	(void)arg;
	if (!t.oracle)
		t.oracle = complaint->oracle;
}

static void upcall(void *arg, unsigned int line)
{
	(void)arg;
	assert_int_equal(line, LINE);
	t.upcalls++;
}

static void peer_event(void *arg, uint32_t port)
{
	(void)arg;
	t.told = port;
}

static void *frame(uint64_t n)
{
	return sim_frame_data(machine_memory(t.guest), n);
}

static int64_t call(uint64_t code, uint64_t control, void *arg)
{
	return (int64_t)machine_hypercall(t.guest, (unsigned int)code, control,
					  (uint64_t)arg, 0);
}

static int64_t event_op(uint64_t control, const void *arg, size_t bytes)
{
	memcpy(frame(CALL), arg, bytes);
	return call(XEN_HYPERCALL_EVENT_CHANNEL_OP, control, frame(CALL));
}

static int64_t port_op(uint64_t control, uint32_t port)
{
	return event_op(control, &port, sizeof(port));
}

static void boot(void)
{
	struct xen_physmap_entry *map = frame(CALL);
	struct hvm_param_query *param = frame(CALL);

	*map = (struct xen_physmap_entry){
		.domid = XEN_DOMID_SELF, .space = XENMAPSPACE_SHARED_INFO,
		.gpfn = SHARED,
	};
	assert_int_equal(call(XEN_HYPERCALL_MEMORY_OP, XENMEM_ADD_TO_PHYSMAP,
			      map), 0);
	*param = (struct hvm_param_query){
		.domid = XEN_DOMID_SELF, .index = HVM_PARAM_CALLBACK_IRQ,
		.value = LINE,
	};
	assert_int_equal(call(XEN_HYPERCALL_HVM_OP, HVMOP_SET_PARAM, param), 0);
}

static int setup(void **state)
{
	static const struct machine_options guest = { "guest", 0, FRAMES };
	static const struct machine_options peer = { "peer", 1, FRAMES };
	const struct xen_event_options up = { .upcall = upcall };
	const struct xen_event_options down = { .event = peer_event };
	const struct sim_options options = { 0 };
	const struct xen_options xen = { .complain = complain };
	struct xen_domain_options domain = {
		.domid = GUEST, .guest = true, .max_table_frames = 1,
	};

	(void)state;
	memset(&t, 0, sizeof(t));
	t.sim = sim_new(&options);
	t.guest = machine_new(t.sim, &guest);
	t.peer = machine_new(t.sim, &peer);
	t.xen = xen_new(t.sim, &xen);
	domain.machine = t.guest;
	xen_domain_new(t.xen, &domain);
	domain = (struct xen_domain_options){
		.machine = t.peer, .domid = PEER, .max_table_frames = 1,
	};
	xen_domain_new(t.xen, &domain);
	xen_event_domain(t.xen, GUEST, &up);
	xen_event_domain(t.xen, PEER, &down);
	t.store = xen_store_new(t.xen);
	xen_store_guest(t.store, GUEST);
	boot();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sim_free(t.sim);
	return 0;
}

static struct xen_shared_info *shared(void)
{
	return frame(SHARED);
}

/* -- event channels ------------------------------------------------------- */

/* A port of the guest's with the peer at the other end. */
static uint32_t channel(uint32_t *theirs)
{
	const struct evtchn_alloc_unbound alloc = {
		.domid = XEN_DOMID_SELF, .remote = PEER,
	};
	uint32_t port;

	assert_int_equal(event_op(EVTCHNOP_ALLOC_UNBOUND, &alloc,
				  sizeof(alloc)), 0);
	port = ((struct evtchn_alloc_unbound *)frame(CALL))->port;
	*theirs = (uint32_t)xen_event_bind(t.xen, PEER, GUEST, port);
	assert_int_equal(t.told, *theirs);
	t.told = 0;
	return port;
}

static void test_event_both_ways(void **state)
{
	uint32_t theirs, ours = channel(&theirs);

	(void)state;
	assert_int_equal(port_op(EVTCHNOP_SEND, ours), 0);
	assert_int_equal(t.told, theirs);
	assert_int_equal(xen_event_send(t.xen, PEER, theirs), 0);
	assert_int_equal(t.upcalls, 1);
	assert_int_equal(shared()->pending[0], 1ull << ours);
	assert_int_equal(shared()->vcpus[0].selector, 1);
	/* It is pending already: nothing more to tell. */
	assert_int_equal(xen_event_send(t.xen, PEER, theirs), 0);
	assert_int_equal(t.upcalls, 1);
}

static void test_event_masked(void **state)
{
	uint32_t theirs, ours = channel(&theirs);

	(void)state;
	shared()->masked[0] |= 1ull << ours;
	assert_int_equal(xen_event_send(t.xen, PEER, theirs), 0);
	assert_int_equal(t.upcalls, 0);
	assert_int_equal(port_op(EVTCHNOP_UNMASK, ours), 0);
	assert_int_equal(t.upcalls, 1);
	assert_int_equal(shared()->masked[0], 0);
}

static void test_event_closed(void **state)
{
	uint32_t theirs, ours = channel(&theirs);

	(void)state;
	assert_int_equal(port_op(EVTCHNOP_CLOSE, ours), 0);
	/* The peer's end is there, and nobody hears it. */
	assert_int_equal(xen_event_send(t.xen, PEER, theirs), 0);
	assert_int_equal(t.upcalls, 0);
	assert_null(t.oracle);
	assert_int_equal(xen_event_ports(t.xen, GUEST), 1);
	assert_int_equal(port_op(EVTCHNOP_CLOSE, ours), -EINVAL);
	assert_string_equal(t.oracle, "bad-port");
	t.oracle = NULL;
	assert_int_equal(port_op(EVTCHNOP_SEND, ours), -EINVAL);
	assert_string_equal(t.oracle, "bad-port");
}

static void test_event_wrong_peer(void **state)
{
	uint32_t theirs, ours = channel(&theirs);

	(void)state;
	assert_int_equal(xen_event_bind(t.xen, PEER, GUEST, ours), -EINVAL);
	assert_int_equal(xen_event_bind(t.xen, PEER, GUEST, 12), -EINVAL);
	xen_event_close_all(t.xen, PEER);
	assert_int_equal(xen_event_ports(t.xen, PEER), 0);
	assert_int_equal(port_op(EVTCHNOP_SEND, ours), 0);
	assert_null(t.oracle);
}

/* -- xenstore -------------------------------------------------------------- */

#define PAGE	(XEN_STORE_FRAME << SIM_FRAME_SHIFT)
#define AT(member) (PAGE + offsetof(struct xs_page, member))

static void put(const void *from, uint32_t bytes)
{
	uint32_t at = (uint32_t)machine_mmio_read(t.guest, AT(guest_wrote), 4);
	const uint8_t *data = from;
	uint32_t i;

	for (i = 0; i < bytes; i++)
		machine_mmio_write(t.guest,
				   AT(to_store) + (at + i) % XS_RING_BYTES, 1,
				   data[i]);
	machine_mmio_write(t.guest, AT(guest_wrote), 4, at + bytes);
}

static uint32_t waiting(void)
{
	return (uint32_t)machine_mmio_read(t.guest, AT(store_wrote), 4) -
	       (uint32_t)machine_mmio_read(t.guest, AT(guest_read), 4);
}

static void get(void *to, uint32_t bytes)
{
	uint32_t at = (uint32_t)machine_mmio_read(t.guest, AT(guest_read), 4);
	uint8_t *data = to;
	uint32_t i;

	assert_true(waiting() >= bytes);
	for (i = 0; i < bytes; i++)
		data[i] = (uint8_t)machine_mmio_read(t.guest,
				AT(to_guest) + (at + i) % XS_RING_BYTES, 1);
	machine_mmio_write(t.guest, AT(guest_read), 4, at + bytes);
}

static uint32_t take(void)
{
	memset(t.answer, 0, sizeof(t.answer));
	get(&t.header, sizeof(t.header));
	assert_true(t.header.bytes < sizeof(t.answer));
	get(t.answer, t.header.bytes);
	return t.header.type;
}

static uint32_t store_port(void)
{
	struct hvm_param_query *param = frame(CALL);

	*param = (struct hvm_param_query){
		.domid = XEN_DOMID_SELF, .index = HVM_PARAM_STORE_EVTCHN,
	};
	assert_int_equal(call(XEN_HYPERCALL_HVM_OP, HVMOP_GET_PARAM, param), 0);
	return (uint32_t)param->value;
}

/* Sends a request and lets the store do it. */
static void ask(uint32_t type, uint32_t transaction, const char *body,
		uint32_t bytes)
{
	const struct sim_run_options limits = { .step_budget = 1000 };
	const struct xs_header header = {
		.type = type, .request = 7, .transaction = transaction,
		.bytes = bytes,
	};

	put(&header, sizeof(header));
	put(body, bytes);
	assert_int_equal(port_op(EVTCHNOP_SEND, store_port()), 0);
	assert_int_equal(sim_run(t.sim, &limits), SIM_END_QUIESCENT);
}

#define ASK(type, transaction, body) ask(type, transaction, body, sizeof(body))
/* A value has no NUL. */
#define WRITE(transaction, body)					\
	ask(XS_WRITE, transaction, body, sizeof(body) - 1)

static void assert_refused(const char *name)
{
	assert_int_equal(take(), XS_ERROR);
	assert_int_equal(t.header.request, 7);
	assert_string_equal(t.answer, name);
}

static void test_store_values(void **state)
{
	(void)state;
	WRITE(0, "device/x/state\0" "4");
	assert_int_equal(take(), XS_WRITE);
	assert_int_equal(t.upcalls, 1);
	assert_int_equal(xen_store_number(t.store,
					  "/local/domain/1/device/x/state", 0),
			 4);
	ASK(XS_READ, 0, "/local/domain/1/device/x/state");
	assert_int_equal(take(), XS_READ);
	assert_int_equal(t.header.bytes, 1);
	assert_string_equal(t.answer, "4");
	ASK(XS_DIRECTORY, 0, "device");
	assert_int_equal(take(), XS_DIRECTORY);
	assert_string_equal(t.answer, "x");
	ASK(XS_RM, 0, "device");
	assert_int_equal(take(), XS_RM);
	ASK(XS_READ, 0, "device/x/state");
	assert_refused("ENOENT");
}

static void test_store_rights(void **state)
{
	(void)state;
	WRITE(0, "/local/domain/2/x\0" "1");
	assert_refused("EACCES");
	assert_int_equal(xen_store_write(t.store, PEER, "/local/domain/1/x",
					 "1"), -EACCES);
	assert_int_equal(xen_store_write(t.store, PEER, "/local/domain/2/x",
					 "1"), 0);
	ASK(XS_READ, 0, "/local/domain/2/x");
	assert_int_equal(take(), XS_READ);
	WRITE(0, "x\0" "0123456789012345678901234567890123456789012345678");
	assert_refused("E2BIG");
	ASK(99, 0, "x");
	assert_refused("EINVAL");
}

static uint32_t begin(void)
{
	ASK(XS_TRANSACTION_START, 0, "");
	assert_int_equal(take(), XS_TRANSACTION_START);
	return (uint32_t)(t.answer[0] - '0');
}

static void test_store_transaction(void **state)
{
	uint32_t id = begin();

	(void)state;
	WRITE(id, "x\0" "1");
	assert_int_equal(take(), XS_WRITE);
	assert_null(xen_store_read(t.store, "/local/domain/1/x"));
	ASK(XS_READ, id, "x");
	assert_int_equal(take(), XS_READ);
	assert_string_equal(t.answer, "1");
	ASK(XS_TRANSACTION_END, id, "T");
	assert_int_equal(take(), XS_TRANSACTION_END);
	assert_int_equal(xen_store_number(t.store, "/local/domain/1/x", 0), 1);
	assert_int_equal(xen_store_transactions(t.store), 0);
	ASK(XS_TRANSACTION_END, id, "T");
	assert_refused("ENOENT");
}

static void test_store_conflict(void **state)
{
	uint32_t id = begin();

	(void)state;
	WRITE(id, "x\0" "1");
	take();
	xen_store_write(t.store, PEER, "/local/domain/2/y", "2");
	ASK(XS_TRANSACTION_END, id, "T");
	assert_refused("EAGAIN");
	assert_null(xen_store_read(t.store, "/local/domain/1/x"));
	id = begin();
	WRITE(id, "x\0" "1");
	take();
	ASK(XS_TRANSACTION_END, id, "F");
	assert_int_equal(take(), XS_TRANSACTION_END);
	assert_null(xen_store_read(t.store, "/local/domain/1/x"));
}

static void run(void)
{
	const struct sim_run_options limits = { .step_budget = 1000 };

	assert_int_equal(sim_run(t.sim, &limits), SIM_END_QUIESCENT);
}

static void test_store_watch(void **state)
{
	(void)state;
	ASK(XS_WATCH, 0, "x\0token");
	assert_int_equal(take(), XS_WATCH);
	/* How it is, to begin with. */
	assert_int_equal(take(), XS_WATCH_EVENT);
	assert_string_equal(t.answer, "x");
	assert_string_equal(t.answer + 2, "token");
	ASK(XS_WATCH, 0, "x\0token");
	assert_refused("EEXIST");
	xen_store_write(t.store, XEN_BUILDER_DOMID, "/local/domain/1/x/y", "1");
	run();
	assert_int_equal(take(), XS_WATCH_EVENT);
	assert_string_equal(t.answer, "x/y");
	xen_store_rm(t.store, XEN_BUILDER_DOMID, "/local/domain/1");
	run();
	assert_int_equal(take(), XS_WATCH_EVENT);
	assert_int_equal(xen_store_watches(t.store, GUEST), 1);
	ASK(XS_UNWATCH, 0, "x\0token");
	assert_int_equal(take(), XS_UNWATCH);
	ASK(XS_UNWATCH, 0, "x\0token");
	assert_refused("ENOENT");
	assert_int_equal(xen_store_watches(t.store, GUEST), 0);
}

static void changed(void *arg)
{
	(void)arg;
	t.changes++;
}

static void test_store_tells_peers(void **state)
{
	(void)state;
	xen_store_watch(t.store, &(const struct xen_store_watch){
		.path = "/local/domain/1/x", .changed = changed,
	});
	WRITE(0, "x\0" "1");
	assert_int_equal(t.changes, 1);
	WRITE(0, "z\0" "1");
	assert_int_equal(t.changes, 1);
}

/* Many events, and nobody who reads them: the last state is told of. */
static void test_store_slow_reader(void **state)
{
	unsigned int i, nr = 0;

	(void)state;
	ASK(XS_WATCH, 0, "x\0token");
	for (i = 0; i < 200; i++)
		xen_store_write(t.store, XEN_BUILDER_DOMID,
				"/local/domain/1/x", i % 2 ? "1" : "2");
	run();
	assert_int_equal(take(), XS_WATCH);
	while (waiting()) {
		assert_int_equal(take(), XS_WATCH_EVENT);
		nr++;
		port_op(EVTCHNOP_SEND, store_port());
		run();
	}
	assert_true(nr > 10 && nr < 200);
}

static void test_store_too_long(void **state)
{
	const struct xs_header header = { .type = XS_READ, .bytes = 100000 };

	(void)state;
	put(&header, sizeof(header));
	port_op(EVTCHNOP_SEND, store_port());
	run();
	assert_string_equal(t.oracle, "bad-message");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_event_both_ways), TEST(test_event_masked),
		TEST(test_event_closed), TEST(test_event_wrong_peer),
		TEST(test_store_values), TEST(test_store_rights),
		TEST(test_store_transaction), TEST(test_store_conflict),
		TEST(test_store_watch), TEST(test_store_tells_peers),
		TEST(test_store_slow_reader), TEST(test_store_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
