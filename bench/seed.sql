-- Rows for one large account, made inside Postgres: one query for each table, whose columns are those of the table.
-- `seed` holds the identifiers of each message and of what belongs to it; bench.seed fills in {...}.

-- name: seed
select n, '{account}'::uuid as account_id, v7(1, n) as raw_id, v7(2, n) as message_id, v7(3, n) as delivery_id,
    v7(4, (n + 1) / 2) as thread_id, 1 + n % {users} as sender, v7(6, 1 + n % {users}) as user_id,
    v7(7, 1 + n % {users}) as address_id, 1 + n % {people} as first, 1 + (n + {people} / 2) % {people} as second,
    timestamptz '2023-01-01 00:00:00Z' + n * interval '10 seconds' as at
from generate_series(1, {messages}) n

-- name: person
select '{account}'::uuid as account_id, v7(5, n) as id, case when n % 10 = 0 then 'contact' else 'lead' end as kind,
    'Person ' || n as name, timestamptz '2023-01-01 00:00:00Z' as created_at
from generate_series(1, {people}) n

-- name: person_email
select '{account}'::uuid as account_id, customer(n) as email, case when n % 10 = 0 then 'contact' else 'lead' end
    as kind, v7(5, n) as person_id
from generate_series(1, {people}) n

-- name: raw_mail
select account_id, raw_id as id, {size}::bigint as size, at as received_at from seed

-- name: raw_chunk
select account_id, raw_id, 0 as position, '\x{frame}'::bytea as data from seed

-- name: thread
select account_id, thread_id as id from seed where n % 2 = 1

-- name: thread_message_id
select account_id, n || '@old.corp.example' as rfc_message_id, 0 as position, thread_id,
    'quarterly offer' as base_subject, jsonb_build_array(customer(first), customer(second)) as correspondents
from seed

-- name: message
select account_id, message_id as id, sha256(n::text::bytea) as identity, '\x01'::bytea as fingerprint_subject,
    sha256(n::text::bytea) as fingerprint_text, n || '@old.corp.example' as rfc_message_id, 'outgoing' as direction,
    'Quarterly offer no. ' || n as subject, at as sent_at, at as received_at, at as timeline_at,
    'Thank you for your time on the phone. Offer no. ' || n || ' is attached.' as text, 0 as reply_start,
    40 as reply_end, false as has_html, false as automatic, '[]'::jsonb as notes, thread_id, raw_id
from seed

-- name: participant
select account_id, message_id, place as position, case place when 0 then 'from' else 'to' end as role,
    case place when 0 then 'seed' || sender || '@corp.example' when 1 then customer(first) else customer(second) end
    as email
from seed cross join generate_series(0, 2) place

-- name: delivery
select account_id, delivery_id as id, user_id, address_id, 'filed' as outcome, 'filed' as reason,
    at as received_at, 'live' as authority, 'unverified' as verdict, '192.0.2.17' as peer,
    'mx.corp.example' as helo, 'seed' || sender || '@corp.example' as mail_from, 'outgoing' as direction,
    n || '@old.corp.example' as rfc_message_id, 'seed' || sender || '@corp.example' as sender,
    'Quarterly offer no. ' || n as subject, sha256(n::text::bytea) as identity, null::bytea as held_key, raw_id
from seed
union all
select account_id, v7(8, n), user_id, address_id, 'held', 'sender_not_allowed', at, 'live', 'unverified',
    '192.0.2.17', 'mx.elsewhere.example', 'stranger' || n || '@elsewhere.example', null,
    n || '@elsewhere.example', 'stranger' || n || '@elsewhere.example', 'Hello', sha256(('held' || n)::bytea),
    sha256(n::text::bytea), null
from seed where n % 100 = 0

-- name: capture
select account_id, message_id, user_id, delivery_id, 'team' as visibility, at as captured_at from seed

-- name: filing
select account_id, v7(5, case place when 1 then first else second end) as person_id, message_id,
    customer(case place when 1 then first else second end) as email, at as timeline_at, delivery_id
from seed cross join generate_series(1, 2) place
