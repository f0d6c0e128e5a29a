select
    contract_id,
    region_code,
    date_trunc('month', started_at) as start_month,
    monthly_fee,
    ended_at is not null as churned
from {{ source('billing', 'contracts') }}
