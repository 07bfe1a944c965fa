/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * models.h - all of <models/xen_abi.h>, with what each is called by Xen
 *
 * VALUE(ours, theirs), SIZE(ours, theirs), MEMBER(ours, member, theirs, member):
 * whoever includes this says which of both counts.
 */
	VALUE(XEN_HYPERCALL_MEMORY_OP, __HYPERVISOR_memory_op)
	VALUE(XEN_HYPERCALL_XEN_VERSION, __HYPERVISOR_xen_version)
	VALUE(XEN_HYPERCALL_GRANT_TABLE_OP, __HYPERVISOR_grant_table_op)
	VALUE(XEN_HYPERCALL_EVENT_CHANNEL_OP, __HYPERVISOR_event_channel_op)
	VALUE(XEN_HYPERCALL_HVM_OP, __HYPERVISOR_hvm_op)
	VALUE(XEN_DOMID_SELF, DOMID_SELF)
	VALUE(XENMEM_DECREASE_RESERVATION, XENMEM_decrease_reservation)
	VALUE(XENMEM_MAXIMUM_RAM_PAGE, XENMEM_maximum_ram_page)
	VALUE(XENMEM_POPULATE_PHYSMAP, XENMEM_populate_physmap)
	VALUE(XENMEM_ADD_TO_PHYSMAP, XENMEM_add_to_physmap)
	VALUE(XENMAPSPACE_SHARED_INFO, XENMAPSPACE_shared_info)
	VALUE(XENMAPSPACE_GRANT_TABLE, XENMAPSPACE_grant_table)
	VALUE(XENMAPIDX_GRANT_TABLE_STATUS, XENMAPIDX_grant_table_status)
	SIZE(struct xen_reservation, struct xen_memory_reservation)
	MEMBER(struct xen_reservation, extents,
	       struct xen_memory_reservation, extent_start)
	MEMBER(struct xen_reservation, nr_extents,
	       struct xen_memory_reservation, nr_extents)
	MEMBER(struct xen_reservation, order,
	       struct xen_memory_reservation, extent_order)
	MEMBER(struct xen_reservation, address_bits,
	       struct xen_memory_reservation, mem_flags)
	MEMBER(struct xen_reservation, domid,
	       struct xen_memory_reservation, domid)
	SIZE(struct xen_physmap_entry, struct xen_add_to_physmap)
	MEMBER(struct xen_physmap_entry, domid,
	       struct xen_add_to_physmap, domid)
	MEMBER(struct xen_physmap_entry, size, struct xen_add_to_physmap, size)
	MEMBER(struct xen_physmap_entry, space,
	       struct xen_add_to_physmap, space)
	MEMBER(struct xen_physmap_entry, index, struct xen_add_to_physmap, idx)
	MEMBER(struct xen_physmap_entry, gpfn, struct xen_add_to_physmap, gpfn)
	VALUE(XENVER_GET_FEATURES, XENVER_get_features)
	VALUE(XENFEAT_AUTO_TRANSLATED, 1u << XENFEAT_auto_translated_physmap)
	SIZE(struct xen_features_query, struct xen_feature_info)
	MEMBER(struct xen_features_query, submap,
	       struct xen_feature_info, submap_idx)
	MEMBER(struct xen_features_query, features,
	       struct xen_feature_info, submap)

	VALUE(GNTTABOP_MAP, GNTTABOP_map_grant_ref)
	VALUE(GNTTABOP_UNMAP, GNTTABOP_unmap_grant_ref)
	VALUE(GNTTABOP_COPY, GNTTABOP_copy)
	VALUE(GNTTABOP_QUERY_SIZE, GNTTABOP_query_size)
	VALUE(GNTTABOP_SET_VERSION, GNTTABOP_set_version)
	VALUE(GNTTABOP_GET_VERSION, GNTTABOP_get_version)
	VALUE(GNTST_OKAY, GNTST_okay)
	VALUE(GNTST_GENERAL_ERROR, GNTST_general_error)
	VALUE(GNTST_BAD_DOMAIN, GNTST_bad_domain)
	VALUE(GNTST_BAD_GNTREF, GNTST_bad_gntref)
	VALUE(GNTST_BAD_HANDLE, GNTST_bad_handle)
	VALUE(GNTST_BAD_VIRT_ADDR, GNTST_bad_virt_addr)
	VALUE(GNTST_NO_DEVICE_SPACE, GNTST_no_device_space)
	VALUE(GNTST_PERMISSION_DENIED, GNTST_permission_denied)
	VALUE(GNTST_BAD_PAGE, GNTST_bad_page)
	VALUE(GNTST_BAD_COPY_ARG, GNTST_bad_copy_arg)
	VALUE(GNTST_EAGAIN, GNTST_eagain)
	VALUE(GTF_PERMIT_ACCESS, GTF_permit_access)
	VALUE(GTF_TYPE_MASK, GTF_type_mask)
	VALUE(GTF_READONLY, GTF_readonly)
	VALUE(GTF_READING, GTF_reading)
	VALUE(GTF_WRITING, GTF_writing)
	VALUE(GTF_SUB_PAGE, GTF_sub_page)
	VALUE(GNTMAP_DEVICE_MAP, GNTMAP_device_map)
	VALUE(GNTMAP_HOST_MAP, GNTMAP_host_map)
	VALUE(GNTMAP_READONLY, GNTMAP_readonly)
	VALUE(GNTMAP_CONTAINS_PTE, GNTMAP_contains_pte)
	VALUE(GNTCOPY_SOURCE_GREF, GNTCOPY_source_gref)
	VALUE(GNTCOPY_DEST_GREF, GNTCOPY_dest_gref)
	VALUE(GNTTAB_NR_RESERVED, GNTTAB_NR_RESERVED_ENTRIES)
	VALUE(GNTTAB_V1_ENTRY_BYTES, sizeof(grant_entry_v1_t))
	VALUE(GNTTAB_V2_ENTRY_BYTES, sizeof(grant_entry_v2_t))
	VALUE(GNTTAB_STATUS_BYTES, sizeof(grant_status_t))
	SIZE(struct gnttab_map, struct gnttab_map_grant_ref)
	MEMBER(struct gnttab_map, host_addr,
	       struct gnttab_map_grant_ref, host_addr)
	MEMBER(struct gnttab_map, flags, struct gnttab_map_grant_ref, flags)
	MEMBER(struct gnttab_map, ref, struct gnttab_map_grant_ref, ref)
	MEMBER(struct gnttab_map, dom, struct gnttab_map_grant_ref, dom)
	MEMBER(struct gnttab_map, status, struct gnttab_map_grant_ref, status)
	MEMBER(struct gnttab_map, handle, struct gnttab_map_grant_ref, handle)
	MEMBER(struct gnttab_map, dev_bus_addr,
	       struct gnttab_map_grant_ref, dev_bus_addr)
	SIZE(struct gnttab_unmap, struct gnttab_unmap_grant_ref)
	MEMBER(struct gnttab_unmap, host_addr,
	       struct gnttab_unmap_grant_ref, host_addr)
	MEMBER(struct gnttab_unmap, dev_bus_addr,
	       struct gnttab_unmap_grant_ref, dev_bus_addr)
	MEMBER(struct gnttab_unmap, handle,
	       struct gnttab_unmap_grant_ref, handle)
	MEMBER(struct gnttab_unmap, status,
	       struct gnttab_unmap_grant_ref, status)
	SIZE(struct gnttab_copy_side, struct gnttab_copy_ptr)
	MEMBER(struct gnttab_copy_side, frame, struct gnttab_copy_ptr, u.gmfn)
	MEMBER(struct gnttab_copy_side, domid, struct gnttab_copy_ptr, domid)
	MEMBER(struct gnttab_copy_side, offset, struct gnttab_copy_ptr, offset)
	SIZE(struct gnttab_copy, struct gnttab_copy)
	MEMBER(struct gnttab_copy, source, struct gnttab_copy, source)
	MEMBER(struct gnttab_copy, dest, struct gnttab_copy, dest)
	MEMBER(struct gnttab_copy, bytes, struct gnttab_copy, len)
	MEMBER(struct gnttab_copy, flags, struct gnttab_copy, flags)
	MEMBER(struct gnttab_copy, status, struct gnttab_copy, status)
	SIZE(struct gnttab_query_size, struct gnttab_query_size)
	MEMBER(struct gnttab_query_size, dom, struct gnttab_query_size, dom)
	MEMBER(struct gnttab_query_size, nr_frames,
	       struct gnttab_query_size, nr_frames)
	MEMBER(struct gnttab_query_size, max_nr_frames,
	       struct gnttab_query_size, max_nr_frames)
	MEMBER(struct gnttab_query_size, status,
	       struct gnttab_query_size, status)

	VALUE(EVTCHNOP_BIND_INTERDOMAIN, EVTCHNOP_bind_interdomain)
	VALUE(EVTCHNOP_CLOSE, EVTCHNOP_close)
	VALUE(EVTCHNOP_SEND, EVTCHNOP_send)
	VALUE(EVTCHNOP_ALLOC_UNBOUND, EVTCHNOP_alloc_unbound)
	VALUE(EVTCHNOP_UNMASK, EVTCHNOP_unmask)
	SIZE(struct evtchn_alloc_unbound, struct evtchn_alloc_unbound)
	MEMBER(struct evtchn_alloc_unbound, domid,
	       struct evtchn_alloc_unbound, dom)
	MEMBER(struct evtchn_alloc_unbound, remote,
	       struct evtchn_alloc_unbound, remote_dom)
	MEMBER(struct evtchn_alloc_unbound, port,
	       struct evtchn_alloc_unbound, port)
	SIZE(struct evtchn_bind_interdomain, struct evtchn_bind_interdomain)
	MEMBER(struct evtchn_bind_interdomain, remote,
	       struct evtchn_bind_interdomain, remote_dom)
	MEMBER(struct evtchn_bind_interdomain, remote_port,
	       struct evtchn_bind_interdomain, remote_port)
	MEMBER(struct evtchn_bind_interdomain, port,
	       struct evtchn_bind_interdomain, local_port)
	VALUE(XEN_SHARED_VCPUS, XEN_LEGACY_MAX_VCPUS)
	MEMBER(struct xen_shared_info, vcpus, struct shared_info, vcpu_info)
	MEMBER(struct xen_shared_info, vcpus[1].upcall,
	       struct shared_info, vcpu_info[1].evtchn_upcall_pending)
	MEMBER(struct xen_shared_info, vcpus[1].upcall_masked,
	       struct shared_info, vcpu_info[1].evtchn_upcall_mask)
	MEMBER(struct xen_shared_info, vcpus[1].selector,
	       struct shared_info, vcpu_info[1].evtchn_pending_sel)
	MEMBER(struct xen_shared_info, pending,
	       struct shared_info, evtchn_pending)
	MEMBER(struct xen_shared_info, masked, struct shared_info, evtchn_mask)

	VALUE(HVMOP_SET_PARAM, HVMOP_set_param)
	VALUE(HVMOP_GET_PARAM, HVMOP_get_param)
	VALUE(HVM_PARAM_CALLBACK_IRQ, HVM_PARAM_CALLBACK_IRQ)
	VALUE(HVM_PARAM_STORE_PFN, HVM_PARAM_STORE_PFN)
	VALUE(HVM_PARAM_STORE_EVTCHN, HVM_PARAM_STORE_EVTCHN)
	SIZE(struct hvm_param_query, struct xen_hvm_param)
	MEMBER(struct hvm_param_query, domid, struct xen_hvm_param, domid)
	MEMBER(struct hvm_param_query, index, struct xen_hvm_param, index)
	MEMBER(struct hvm_param_query, value, struct xen_hvm_param, value)

	VALUE(XS_DIRECTORY, XS_DIRECTORY)
	VALUE(XS_READ, XS_READ)
	VALUE(XS_WATCH, XS_WATCH)
	VALUE(XS_UNWATCH, XS_UNWATCH)
	VALUE(XS_TRANSACTION_START, XS_TRANSACTION_START)
	VALUE(XS_TRANSACTION_END, XS_TRANSACTION_END)
	VALUE(XS_WRITE, XS_WRITE)
	VALUE(XS_MKDIR, XS_MKDIR)
	VALUE(XS_RM, XS_RM)
	VALUE(XS_WATCH_EVENT, XS_WATCH_EVENT)
	VALUE(XS_ERROR, XS_ERROR)
	SIZE(struct xs_header, struct xsd_sockmsg)
	MEMBER(struct xs_header, type, struct xsd_sockmsg, type)
	MEMBER(struct xs_header, request, struct xsd_sockmsg, req_id)
	MEMBER(struct xs_header, transaction, struct xsd_sockmsg, tx_id)
	MEMBER(struct xs_header, bytes, struct xsd_sockmsg, len)
	VALUE(XS_RING_BYTES, XENSTORE_RING_SIZE)
	MEMBER(struct xs_page, to_store, struct xenstore_domain_interface, req)
	MEMBER(struct xs_page, to_guest, struct xenstore_domain_interface, rsp)
	MEMBER(struct xs_page, store_read,
	       struct xenstore_domain_interface, req_cons)
	MEMBER(struct xs_page, guest_wrote,
	       struct xenstore_domain_interface, req_prod)
	MEMBER(struct xs_page, guest_read,
	       struct xenstore_domain_interface, rsp_cons)
	MEMBER(struct xs_page, store_wrote,
	       struct xenstore_domain_interface, rsp_prod)

	VALUE(XENBUS_UNKNOWN, XenbusStateUnknown)
	VALUE(XENBUS_INITIALISING, XenbusStateInitialising)
	VALUE(XENBUS_INIT_WAIT, XenbusStateInitWait)
	VALUE(XENBUS_INITIALISED, XenbusStateInitialised)
	VALUE(XENBUS_CONNECTED, XenbusStateConnected)
	VALUE(XENBUS_CLOSING, XenbusStateClosing)
	VALUE(XENBUS_CLOSED, XenbusStateClosed)
	VALUE(XENBUS_RECONFIGURING, XenbusStateReconfiguring)
	VALUE(XENBUS_RECONFIGURED, XenbusStateReconfigured)

	VALUE(DISPL_DBUF_CREATE, XENDISPL_OP_DBUF_CREATE)
	VALUE(DISPL_DBUF_DESTROY, XENDISPL_OP_DBUF_DESTROY)
	VALUE(DISPL_FB_ATTACH, XENDISPL_OP_FB_ATTACH)
	VALUE(DISPL_FB_DETACH, XENDISPL_OP_FB_DETACH)
	VALUE(DISPL_PG_FLIP, XENDISPL_OP_PG_FLIP)
	VALUE(DISPL_EVENT_PG_FLIP, XENDISPL_EVT_PG_FLIP)
	VALUE(DISPL_REQ_ALLOC, XENDISPL_DBUF_FLG_REQ_ALLOC)
	SIZE(struct displ_request, struct xendispl_req)
	MEMBER(struct displ_request, id, struct xendispl_req, id)
	MEMBER(struct displ_request, operation, struct xendispl_req, operation)
	MEMBER(struct displ_request, create.dbuf_cookie,
	       struct xendispl_req, op.dbuf_create.dbuf_cookie)
	MEMBER(struct displ_request, create.width,
	       struct xendispl_req, op.dbuf_create.width)
	MEMBER(struct displ_request, create.height,
	       struct xendispl_req, op.dbuf_create.height)
	MEMBER(struct displ_request, create.bpp,
	       struct xendispl_req, op.dbuf_create.bpp)
	MEMBER(struct displ_request, create.bytes,
	       struct xendispl_req, op.dbuf_create.buffer_sz)
	MEMBER(struct displ_request, create.flags,
	       struct xendispl_req, op.dbuf_create.flags)
	MEMBER(struct displ_request, create.gref_directory,
	       struct xendispl_req, op.dbuf_create.gref_directory)
	MEMBER(struct displ_request, create.data_offset,
	       struct xendispl_req, op.dbuf_create.data_ofs)
	MEMBER(struct displ_request, attach.dbuf_cookie,
	       struct xendispl_req, op.fb_attach.dbuf_cookie)
	MEMBER(struct displ_request, attach.fb_cookie,
	       struct xendispl_req, op.fb_attach.fb_cookie)
	MEMBER(struct displ_request, cookie,
	       struct xendispl_req, op.dbuf_destroy.dbuf_cookie)
	MEMBER(struct displ_request, cookie,
	       struct xendispl_req, op.fb_detach.fb_cookie)
	MEMBER(struct displ_request, cookie,
	       struct xendispl_req, op.pg_flip.fb_cookie)
	SIZE(struct displ_response, struct xendispl_resp)
	MEMBER(struct displ_response, id, struct xendispl_resp, id)
	MEMBER(struct displ_response, operation,
	       struct xendispl_resp, operation)
	MEMBER(struct displ_response, status, struct xendispl_resp, status)
	MEMBER(struct displ_ring, req_prod, struct xen_displif_sring, req_prod)
	MEMBER(struct displ_ring, req_event,
	       struct xen_displif_sring, req_event)
	MEMBER(struct displ_ring, rsp_prod, struct xen_displif_sring, rsp_prod)
	MEMBER(struct displ_ring, rsp_event,
	       struct xen_displif_sring, rsp_event)
	MEMBER(struct displ_ring, slots[0], struct xen_displif_sring, ring[0])
	VALUE(DISPL_RING_SLOTS,
	      __CONST_RING_SIZE(xen_displif, XENDISPL_EVENT_PAGE_SIZE))
	SIZE(struct displ_event, struct xendispl_evt)
	MEMBER(struct displ_event, id, struct xendispl_evt, id)
	MEMBER(struct displ_event, type, struct xendispl_evt, type)
	MEMBER(struct displ_event, fb_cookie,
	       struct xendispl_evt, op.pg_flip.fb_cookie)
	MEMBER(struct displ_event_page, cons,
	       struct xendispl_event_page, in_cons)
	MEMBER(struct displ_event_page, prod,
	       struct xendispl_event_page, in_prod)
	VALUE(offsetof(struct displ_event_page, slots), XENDISPL_IN_RING_OFFS)
	VALUE(DISPL_EVENT_SLOTS, XENDISPL_IN_RING_LEN)
	VALUE(XEN_GREFS_PER_PAGE,
	      (4096 - offsetof(struct xendispl_page_directory, gref)) /
	      sizeof(grant_ref_t))
