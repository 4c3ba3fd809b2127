-- What a database holds, a line for each thing; comments of ours are left out.
with ns as (
  select oid, nspname from pg_namespace
  where nspname not in ('pg_catalog', 'information_schema') and nspname !~ '^pg_(toast|temp)'
)
select format('%s %s.%s', case c.relkind when 'r' then 'table' when 'p' then 'partitioned table' when 'v' then 'view'
         when 'm' then 'materialized view' when 'S' then 'sequence' when 'f' then 'foreign table' else c.relkind::text end,
         n.nspname, c.relname)
  from pg_class c join ns n on n.oid = c.relnamespace where c.relkind in ('r','p','v','m','S','f')
union all
select format('column %s.%s %s %s %s%s%s', n.nspname, c.relname, row_number() over (partition by c.oid order by a.attnum),
         a.attname, format_type(a.atttypid, a.atttypmod), case when a.attnotnull then ' not null' else '' end,
         coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), ''))
  from pg_attribute a join pg_class c on c.oid = a.attrelid join ns n on n.oid = c.relnamespace
  left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where a.attnum > 0 and not a.attisdropped and c.relkind in ('r','p','v','m','f')
union all
select format('constraint %s.%s %s %s', n.nspname, c.relname, k.conname, pg_get_constraintdef(k.oid))
  from pg_constraint k join pg_class c on c.oid = k.conrelid join ns n on n.oid = c.relnamespace where k.contype <> 'n'
union all
select format('index %s%s', pg_get_indexdef(i.indexrelid), case when i.indisvalid then '' else ' INVALID' end)
  from pg_index i join pg_class c on c.oid = i.indrelid join ns n on n.oid = c.relnamespace
union all
select format('function %s.%s(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid))
  from pg_proc p join ns n on n.oid = p.pronamespace
union all
select format('enum %s.%s %s', n.nspname, t.typname, string_agg(e.enumlabel, ',' order by e.enumsortorder))
  from pg_type t join ns n on n.oid = t.typnamespace join pg_enum e on e.enumtypid = t.oid group by n.nspname, t.typname
union all
select format('trigger %s.%s %s', n.nspname, c.relname, g.tgname)
  from pg_trigger g join pg_class c on c.oid = g.tgrelid join ns n on n.oid = c.relnamespace where not g.tgisinternal
union all
select format('comment %s.%s %s %s', n.nspname, c.relname, s.objsubid, s.description)
  from pg_description s join pg_class c on c.oid = s.objoid and s.classoid = 'pg_class'::regclass
  join ns n on n.oid = c.relnamespace where s.description not like 'whimbrel%'
union all
select format('schema %s', nspname) from ns where nspname <> 'public'
order by 1
