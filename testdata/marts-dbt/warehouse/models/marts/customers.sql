{{ config(materialized='table') }}

select
    c.*,
    r.region,
    i.paid,
    i.paid / nullif(i.invoices, 0) as mean_invoice
from {{ ref('stg_contracts') }} c
left join {{ ref('stg_invoices') }} i on c.contract_id = i.contract_id
left join {{ ref('regions') }} r on c.region_code = r.code
{% if is_incremental() %}
where c.start_month >= '{{ var("since") }}'
{% endif %}
