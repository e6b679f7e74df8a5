-- For people's own SQL and BI tools: stable names and columns, see docs/database.md.
-- What is private content stays blank here, for everybody.

CREATE VIEW leads AS
SELECT a.name AS account, p.id AS person_id, p.name, p.family_name, p.given_name, p.company,
    ARRAY(SELECT e.email FROM person_email e
          WHERE e.account_id = p.account_id AND e.person_id = p.id
          ORDER BY e.position, e.email) AS emails,
    (SELECT count(*) FROM filing f
     WHERE f.account_id = p.account_id AND f.person_id = p.id) AS message_count,
    (SELECT max(f.timeline_at) FROM filing f
     WHERE f.account_id = p.account_id AND f.person_id = p.id) AS last_message_at,
    p.created_at, p.account_id
FROM person p JOIN account a ON a.id = p.account_id
WHERE p.kind = 'lead';

CREATE VIEW contacts AS
SELECT a.name AS account, p.id AS person_id, p.name, p.family_name, p.given_name, p.company,
    ARRAY(SELECT e.email FROM person_email e
          WHERE e.account_id = p.account_id AND e.person_id = p.id
          ORDER BY e.position, e.email) AS emails,
    (SELECT count(*) FROM filing f
     WHERE f.account_id = p.account_id AND f.person_id = p.id) AS message_count,
    (SELECT max(f.timeline_at) FROM filing f
     WHERE f.account_id = p.account_id AND f.person_id = p.id) AS last_message_at,
    p.created_at, p.account_id
FROM person p JOIN account a ON a.id = p.account_id
WHERE p.kind = 'contact';

CREATE VIEW timeline AS
SELECT a.name AS account, p.id AS person_id, p.kind AS person_kind, p.name AS person_name,
    f.email AS person_email, m.id AS message_id, m.rfc_message_id, m.direction,
    f.timeline_at AS at, m.sent_at, m.received_at,
    c.visibility, c.captured_by,
    x.from_email, x.from_name, x.to_emails, x.cc_emails,
    CASE WHEN c.visibility = 'team' THEN m.subject END AS subject,
    CASE WHEN c.visibility = 'team' THEN m.text END AS text,
    CASE WHEN c.visibility = 'team'
         THEN substr(m.text, m.reply_start + 1, m.reply_end - m.reply_start) END AS reply,
    CASE WHEN c.visibility = 'team' THEN c.comment END AS comment,
    CASE WHEN c.visibility = 'team'
         THEN (SELECT count(*) FROM part
               WHERE part.account_id = m.account_id AND part.message_id = m.id)
         END AS attachment_count,
    m.automatic, r.thread_id, m.account_id
FROM filing f
JOIN account a ON a.id = f.account_id
JOIN person p ON p.account_id = f.account_id AND p.id = f.person_id
JOIN message m ON m.account_id = f.account_id AND m.id = f.message_id
CROSS JOIN LATERAL (
    SELECT CASE WHEN bool_and(k.visibility = 'team') THEN 'team' ELSE 'private' END AS visibility,
        array_agg(u.email ORDER BY k.captured_at, u.email) AS captured_by,
        string_agg(k.comment, E'\n\n' ORDER BY k.captured_at, u.email) AS comment
    FROM capture k JOIN "user" u ON u.account_id = k.account_id AND u.id = k.user_id
    WHERE k.account_id = m.account_id AND k.message_id = m.id) c
CROSS JOIN LATERAL (
    SELECT max(t.email) FILTER (WHERE t.role = 'from') AS from_email,
        max(t.name) FILTER (WHERE t.role = 'from') AS from_name,
        array_remove(array_agg(t.email ORDER BY t.position) FILTER (WHERE t.role = 'to'), NULL)
            AS to_emails,
        array_remove(array_agg(t.email ORDER BY t.position) FILTER (WHERE t.role = 'cc'), NULL)
            AS cc_emails
    FROM participant t
    WHERE t.account_id = m.account_id AND t.message_id = m.id) x
CROSS JOIN LATERAL (
    -- Threads that were joined: the oldest of them stands for all.
    WITH RECURSIVE up(id, joined_into) AS (
        SELECT t.id, t.joined_into FROM thread t
        WHERE t.account_id = m.account_id AND t.id = m.thread_id
        UNION ALL
        SELECT t.id, t.joined_into FROM up JOIN thread t
        ON t.account_id = m.account_id AND t.id = up.joined_into)
    SELECT up.id AS thread_id FROM up WHERE up.joined_into IS NULL) r;

CREATE VIEW deliveries AS
SELECT a.name AS account, d.id AS delivery_id, u.email AS "user", d.outcome, d.reason,
    d.received_at, d.direction, d.authority, d.verdict, d.sender, d.rfc_message_id,
    v.visibility,
    CASE WHEN v.visibility = 'team' THEN d.subject END AS subject,
    CASE WHEN v.visibility = 'team' THEN d.note END AS note,
    v.message_ids,
    ARRAY(SELECT DISTINCT f.email FROM filing f
          WHERE f.account_id = d.account_id AND f.message_id = ANY (v.message_ids)
          ORDER BY f.email) AS filed_on,
    d.resolved_at, d.resolution, d.duplicate_of, d.account_id
FROM delivery d
JOIN account a ON a.id = d.account_id
LEFT JOIN "user" u ON u.account_id = d.account_id AND u.id = d.user_id
CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(DISTINCT k.message_id), '{}') AS message_ids,
        CASE WHEN coalesce(bool_or(o.visibility = 'private'), u.visibility = 'private', false)
             THEN 'private' ELSE 'team' END AS visibility
    FROM capture k
    JOIN capture o ON o.account_id = k.account_id AND o.message_id = k.message_id
    WHERE k.account_id = d.account_id AND k.delivery_id IN (d.id, d.duplicate_of)) v;
