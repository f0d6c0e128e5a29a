with invoices as (
    select * from {{ source('billing', 'invoices') }}
)

select
    contract_id,
    sum(amount) as paid,
    count(*) as invoices
from invoices
group by contract_id
