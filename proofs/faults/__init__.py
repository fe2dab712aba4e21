"""Every SDK, as it comes and on Bridgewright, read and write, through every fault.

Each cell of the table is a process of its own with a kill timer, and a fault server of its own: what
counts is what the server saw. Judged on our side: no call outlives its deadline, nothing unsafe is
done twice, whatever may be tried again recovers, nothing that failed is called a success, no secret
shows anywhere, memory stays bounded. Exits with 1 when one cell fails.
"""
